#include "support/mongo_faults.h"
