"""Alembic's entry: the connection comes from `migrating`, in its transaction."""

from alembic import context

from connectors.systems.portal_store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
