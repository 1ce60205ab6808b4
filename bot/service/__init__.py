"""The use cases, one method each: what an employee, an editor or an operator asks of the product."""
