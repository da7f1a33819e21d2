"""Wire contracts of Trunkline: `.proto` files and the committed code generated from them."""
