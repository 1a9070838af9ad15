"""SFT or DPO? Advice from the data.

    from advisor.load import load
    from advisor.advise import advise, advice_json

    advice_json(advise(load("data.jsonl")))

Nothing is imported here, so that `advise --help` starts at once.
"""
