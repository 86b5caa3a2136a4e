"""How fast layertar is, beside what the hardware allows and what a plain script reaches.

    python -m benchmarks --layers 8 --size 64 --codec gzip --rounds 5

For one archive, in one run: the *ideal* (`ideal.py`: no design can be faster), the *naive* script
(`naive.py`: what people post), the *shell* pipeline (`by_hand.sh`) and layertar, as whole
processes with their start-up, taking turns in each round. Read the ratios; the seconds are the
machine's. Run by hand: no test looks at a time.
"""
