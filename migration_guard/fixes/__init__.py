"""What mends findings: whole files before and after, made from recipes; and safe forms of planned migrations."""
