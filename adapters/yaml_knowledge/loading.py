"""Quick loader, to be replaced."""
from __future__ import annotations
from pathlib import Path
import yaml
from bot.knowledge import *
from bot.lexicon import Grammar
from bot.model import Words, Verdict, Access
from bot.text import fold

def _load(p): 
    return yaml.load(p.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
def words(v):
    if v is None: return Words()
    if isinstance(v,str): return Words(v,v)
    return Words(v.get("da",""), v.get("en",""))
def cond(w):
    w=w or {}
    return Condition(tuple(w.get("all",())), tuple(tuple(g) for g in w.get("any",())) if w.get("any") and isinstance(w["any"][0],list) else ((tuple(w["any"]),) if w.get("any") else ()), tuple(w.get("none",())))
def load(folder: Path) -> Knowledge:
    concepts=[]
    for p in sorted((folder/"vocabulary").glob("*.yaml")):
        for c in _load(p)["concepts"]:
            t=c.get("tool")
            concepts.append(Concept(c["id"],tuple(c.get("is",())),tuple(str(x) for k in ("da","en","any") for x in c.get(k,())),c.get("keep",False),tuple(c.get("hides",())),ToolFacts(t["id"],t["name"],Access(t["access"])) if t else None))
    cues=_load(folder/"cues.yaml")["cues"]
    topics=[]
    for p in sorted((folder/"topics").glob("*.yaml")):
        d=_load(p); cu=cues.get(d["id"],{})
        topics.append(Topic(d["id"],d["section"],words(d["title"]),{3:tuple(map(str,cu.get("strong",()))),2:tuple(map(str,cu.get("usual",()))),1:tuple(map(str,cu.get("weak",())))},{k:words(v) for k,v in d["replies"].items()},tuple(d.get("law",()))))
    r=_load(folder/"readings.yaml")
    inf=lambda l: tuple(Inference(x["id"],cond(x["when"]),tuple(x["gives"])) for x in l)
    rules=[]
    for p in sorted((folder/"rules").glob("*.yaml")):
        for x in _load(p)["rules"]:
            rules.append(Rule(x["id"],x["rank"],cond(x.get("when")),Verdict(x["verdict"]),x.get("use","reply"),x.get("reply",x["id"]),x.get("topic",""),tuple(x.get("cite",()))))
    lang=_load(folder/"language.yaml")
    f=lambda k: frozenset(fold(str(w)) for w in lang[k])
    facts=LanguageFacts(Grammar(tuple(dict.fromkeys(sorted((fold(e) for e in lang["endings"]),key=len,reverse=True))),tuple(lang["links"]),f("known")|f("danish")|f("english"),f("not_heads")),f("danish"),f("english"))
    return Knowledge(tuple(concepts),inf(r["in_sentence"]),inf(r["in_message"]),tuple(sorted(rules,key=lambda x:x.rank)),tuple(topics),{}, {}, {}, {}, {}, facts)
