"""A shop in Flask."""

from flask import Flask, request

# attribution
from pyttributionio import Client
from pyttributionio.flask import Attribution
from pyttributionio.outbox import Outbox

attribution = Attribution(outbox=Outbox(Client()), consent=lambda request: request.cookies.get("consent") == "yes")
# end

app = Flask(__name__)
attribution.init_app(app)  # attribution


@app.get("/")
def show() -> str:
    """Show the form."""
    return "<form action='/buy/1001' method='post'><input name='customer'><button>Buy</button></form>"


@app.post("/buy/<order>")
def buy(order: str) -> str:
    """Take an order."""
    customer = request.form["customer"]
    attribution.event("ev_purchase", client_id=customer, transaction_id=order)  # attribution
    return f"Thank you, {customer}."
