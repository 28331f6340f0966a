using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Plans that are refused: texts that are not YAML, small edits of a plan, and values of the wrong kind.</summary>
internal static class InvalidPlans
{
    /// <summary>A plan with values of several kinds, in which lines differ in their indentation and columns.</summary>
    public const string Valid =
        """
        name: kablo  # deneme
        run: "runs/{name}"
        model: { preset: toy, vocab_size: 512 }
        data:
          tokenizer: data/tok
          shards: 'data/shards'
        training:
          steps: 200
          micro_batch_size: 4
          sequence_length: 64
        optimizer:
          learning_rate: 1e-3
          minimum_learning_rate: 1e-4
          warmup_steps: 20
        samples:
          prompts:
            - Kablo
            - "Işık: \"b\""
          every: 30

        """;

    /// <summary>Texts that are not YAML, or not a plan.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "name: a\n\nmodel:\n    preset: toy\n  vocab_size: 512\n", "name: a\nmodel:\n  preset: toy\n      vocab_size: 512\n",
        "name: a\nmodel:\n  preset: toy # x\n\n   # y\n   vocab_size: 512\n", "name: a\n  b\nrun: x\n", "name: a\n - b\nrun: x\n",
        "data: { tokenizer: a\n  shards: b\n", "data: [a,\n  { b: 'c]', d: \"e\\\"]\" ]\n", "data:\n  shards: ]\n x: [}\n",
        "data: { a: [1, 2 }\n", "data: # [\n  a: [b # ]\n", "a: b'[c'\nd: ['e, f\n", "a: [x, 'y]\n", "a: \"b\\\\\"c\n",
        "a: \"b\\\"c\nd: 3\n", "a: 'b''c\nd: 3\n", "- a: 'b\n", "a: 'b' # c\nd: 'e' f\n", "a: \"b\" c\n", "a: ['b' , \"c\"\n",
        "seed: 1\ndata:\n  seed: 2\n  seed: 3\n", "seed: 1\ndata: { seed: 2 }\nseed : 3\n", "data: { seed: 2, seed: 3 }\n",
        "a: 1\nb:\n  c: 1\na: 2\n", "'a': 1\n'a': 2\n", "a: `b\n", "a:\n  - %b\n", "a:\n  c: @b\n  d: 3\n", "x: 1\ny: @\n",
        "a: b: c\n", "a:\n  b: c: \"d\" \\ e\n", "- a: b: c\n", "a: b c: d # e: f\n", "a\n", "x: 1\nabc\ny: 2\n",
        "x: 1\n  abc\n  def: 2\n", "seed:3 steps:5\n", "seed= 4\n", "name=a run=b\n", "a:\n  b=c # d\n  e: 3\n", "http://x\n",
        "name: *a\n", "x: 1\nname: &b c\n", "x: 1\n---\ny: 2\n", "a: [[[[[[[[[1]]]]]]]]]\n", "a: [[[[[[[[1]]]]]]]]\n",
        "x: 1\n=======\ny: 2\n", "x: 1\n ======= \n", "|||||||\n", ">>>>>>> a\n", "", " \n", "null\n", "~", "[]\n", "- a\n",
        "3\n",
        "a:\tb\n", "a:\n \tb: 1\n", "\t\nname: a\n", "a: b\n\tc: d\n", "? a\n: b\n", "? [a]\n: b\n", "!!str a: b\n", "a: !x b\n",
        "a: |\n  b\n c\n", "%YAML 1.2\n---\na: b\n", "a: \"\\q\"\n", "a: [1, 2]]\n", "a: {b: 1}}\n",
        $"a: {new string('b', 98)}: c\n",
        $"a: {new string('b', 97)}: c\n", "{ a: b, c }\n", "name: x\nname.first: y\n", "1: 2\n", "a: b\r\n\tc: d\r\n",
    ];

    /// <summary>Changes of single lines, with a name for each.</summary>
    public static IReadOnlyList<(string Name, Func<string, string> Change)> Edits { get; } =
    [
        ("no colon", line => line.Replace(":", "", StringComparison.Ordinal)),
        ("no space after the colon", line => line.Replace(": ", ":", StringComparison.Ordinal)),
        ("an equals sign", line => line.Replace(": ", " = ", StringComparison.Ordinal)),
        ("a space more", line => " " + line), ("three spaces more", line => "   " + line), ("a space less", line => line[1..]),
        ("a tab", line => "\t" + line.TrimStart()), ("twice", line => $"{line}\n{line}"),
        ("an open quote", line => line.Replace(": ", ": \"", StringComparison.Ordinal)),
        ("an open bracket", line => line.Replace(": ", ": [", StringComparison.Ordinal)),
        ("a brace at the end", line => line + " }"),
        ("a percent sign", line => line.Replace(": ", ": %", StringComparison.Ordinal)),
        ("another colon", line => line.Replace(": ", ": x: ", StringComparison.Ordinal)),
        ("a letter less", line => line.Remove(Math.Max(1, line.IndexOf(':', StringComparison.Ordinal)) - 1, 1)),
        ("an empty value", line => line[..(line.IndexOf(':', StringComparison.Ordinal) + 1)]),
    ];

    /// <summary>Values that most types of keys do not take.</summary>
    public static IReadOnlyList<string> Values { get; } =
    [
        "", "çok", "\"7\"", "2.5", "1,5", "-3", "0100", "-012", "00", "1_000", "1.000.000", "12 345", "1'000,5", "5e3", "5e-3",
        "1e16", "+4", "0x10", "yes", "Off", "1", "TRUE", "[1, 2]", "[]", "[a, ]", "{a: 1}", "~", "nan", "1e400", "3,1,4",
        "cuda:2", "float16", "310MB", "2 GB", "1.5KB", "0.0004KB", "9300000GB", "MB", "{date}/{name}", "[q, v]", "[q, w]",
        "last", "' '",
    ];

    /// <summary>Combinations of values that are refused together.</summary>
    public static IReadOnlyList<string[]> Combinations { get; } =
    [
        ["optimizer.learning_rate=3e-5"], ["optimizer.warmup_steps=200"], ["optimizer.warmup_steps=199"],
        ["training.sequence_length=128"], ["training.sequence_length=129"], ["name=.a"], ["name=a b"], ["name=a-b_c.9"],
        ["training.epochs=2"], ["optimizer.warmup_ratio=0.1"], ["samples.prompts=[]"], ["samples.prompts=[]", "samples.every=0"],
        ["safety.on_divergence=log"], ["warm_start={checkpoint: c, step: 200}"], ["warm_start={checkpoint: c, step: 199}"],
        ["warm_start={checkpoint: c, keep_optimizer: true, grow_vocabulary: true}"], ["lora={rank: 4, alpha: 8}"],
        ["lora={rank: 16, alpha: 8}", "warm_start={checkpoint: c}"], ["lora={rank: 32, alpha: 8}", "warm_start={checkpoint: c}"],
        ["lora={rank: 99, alpha: 8}", "warm_start={checkpoint: c, keep_optimizer: true}"],
        ["lora={rank: 4, alpha: 8}", "warm_start={checkpoint: c, grow_vocabulary: true}"],
        ["lora={rank: 4, alpha: 8}", "warm_start={checkpoint: c}", "optimizer.freeze=[norm]"],
        ["optimizer.freeze=[layers.2-5]"], ["optimizer.freeze=[layers.0-3, embed_tokens, norm]"], ["optimizer.freeze=[layer.1]"],
        ["optimizer.freeze=[layers.3-1]"], ["optimizer.freeze=[layers.0-9.atn]"], ["optimizer.freeze=[layers]"],
        ["optimizer.freeze=[embed_token]"], ["optimizer.freeze=[layers.1.attn, layers.7]"], ["optimizer.freeze=[embed_tokens.w]"],
        ["sft={sources: {}}"], ["sft={sources: {a: {path: a}}}", "preference={files: [b], orpo: {}}"],
        ["preference={files: [b]}"], ["grpo={files: [a]}"],
        ["grpo={files: [], rewards: {ends: 1}, max_new_tokens: 64}", "warm_start={checkpoint: c}"],
        ["grpo={files: [a], rewards: {ends: 1}, group_size: 3, max_new_tokens: 9}", "preference={files: [b], orpo: {}}"],
        ["sft={sources: {a: {path: a}}, text_share: 1}", "training.epochs=3"], ["sft={sources: {a: {paht: a}}}"],
        ["sft={sources: {a: {path: a}, b: {path: a}}}", "training.epochs=0"], ["sft={sources: {a: {path: a, weight: 101}}}"],
        ["preference={files: [], orpo: {}}"], ["preference={files: [b], dpo: {}}"],
        ["preference={files: [b], dpo: {}, orpo: {}}"], ["preference={files: [b], kto: {}}"],
        ["preference={files: [b], reward: {centering: -1}}", "warm_start={checkpoint: c}"],
        ["preference={files: [b], dpo: {}}", "warm_start={checkpoint: c}", "model.dropout=0.25"],
        ["preference={files: [b], dpo: {}}", "warm_start={checkpoint: c}", "lora={rank: 4, alpha: 8, dropout: 0.125}"],
        ["ignored_guidelines={gpu-onyl: x}"], ["ignored_guidelines={gpu-only: ' '}"], ["model={preset: v1, vocab_size: 3}"],
        ["model={n_heads: 4, n_kv_heads: 3, vocab_size: 512, d_model: 64, n_layers: 2, d_ff: 8, max_seq_len: 64}"],
        ["steps"], ["=3"], ["training.steps.x=3"], ["name.first=3"], ["run=[a"], ["run=a: b: c"], ["trainig.steps=5"], ["x=1"],
        ["batch_size=3"], ["training.lr=3"], ["model=v1"], ["model=preset:toy"], ["samples.prompts.x=1"], ["data={}"],
        ["seed=1", "seed=x"],
        ["training.steps=0", "training.micro_batch_size=x", "optimizer.beta1=1", "log_every=-1", "sedd=1"], ["kontrol=1"],
        ["--run=3"],
    ];

    /// <summary>Returns one key of each type, with a plan section that has it.</summary>
    public static IEnumerable<(string Path, PlanKey Key)> KeysOfEachType() => PlanSchema.Keys
        .Where(named => named.Key.Type.Name != "section").DistinctBy(named => named.Key.Type.Name);
}
