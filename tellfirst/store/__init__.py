"""Where the truth lives: tables, the engine, the migrations."""
