"""A shop in FastAPI."""

from fastapi import FastAPI

# attribution
from pyttributionio import Client
from pyttributionio.asgi import AttributionMiddleware, cookies_of
from pyttributionio.outbox import Outbox
from pyttributionio.web import track

# end

app = FastAPI()

# attribution
app.add_middleware(
    AttributionMiddleware, outbox=Outbox(Client()), consent=lambda scope: cookies_of(scope).get("consent") == "yes"
)
# end


@app.get("/")
async def show() -> str:
    """Show the form."""
    return "<form action='/buy/1001?customer=ada' method='post'><button>Buy</button></form>"


@app.post("/buy/{order}")
async def buy(order: str, customer: str) -> str:
    """Take an order."""
    track.event("ev_purchase", client_id=customer, transaction_id=order)  # attribution
    return f"Thank you, {customer}."
