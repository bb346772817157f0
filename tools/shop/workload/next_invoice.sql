SELECT next_invoice_number();
