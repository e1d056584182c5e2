-- What a reader must know about an answer of a batch, such as that its video is cut short.
ALTER TABLE batch_cells ADD COLUMN notes TEXT NOT NULL DEFAULT '';
