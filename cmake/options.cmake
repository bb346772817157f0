# Warnings and sanitizers, as one INTERFACE target that every module links privately.
add_library(whet_options INTERFACE)
target_compile_options(whet_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wextra-semi -Wimplicit-fallthrough -Wundef
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wsuggest-override>
  # GCC 12 lists every designated initialiser that leaves a member at its default.
  -Wno-missing-field-initializers
  # GCC 12 sees overlapping copies in std::string::insert and operator+ that are none (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # The std::stable_sort of GCC 12's library uses a function that the same library calls deprecated.
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-deprecated-declarations>)

if(WHET_SANITIZE)
  target_compile_options(whet_options INTERFACE
    -fsanitize=${WHET_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(whet_options INTERFACE -fsanitize=${WHET_SANITIZE})
endif()
if(WHET_FUZZ)
  target_compile_options(whet_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
