"""The doors through which customers come: each hands over what it was brought, and answers as its carrier wants."""

from fastapi import APIRouter

from tellfirst.web.contacts import agents, letters, page, telephone, texts

router = APIRouter(
    routes=[route for part in (texts, telephone, letters, page, agents) for route in part.router.routes]
)
