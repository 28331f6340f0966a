using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Plans;

public sealed class ChainPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A chain that sets every key.</summary>
    internal const string EveryKey =
        """
        name: v1
        records: r
        fallback: ..
        steps:
          a: { tokenizer: { source: s.txt, output: t, vocab_size: 512, split: tekken, set: [a=1] } }
          b: { corpus: { plan: c.yaml, set: [b=2] } }
          c: { train: { plan: p.yaml, set: [c=3, d=4] } }
          d:
            synth:
              { documentation: d, folder: f, tokenizer: t, provider: openai, model: m, endpoint: 'http://localhost/v1',
                replies: q, prompt: v1, language: all, budget: 2.5, validation_share: 0.2, refusal_share: 0.1,
                context_length: 300, passages: 2, max_tokens: 60 }
          e:
            evaluate:
              { model: m, output: o, gold: [g], docs: d, passages: 2, base_model: b, max_forgetting: 0.2, max_tokens: 9,
                limit: 3, windows: 4 }
          f: { export: { model: m, output: x, format: gguf, dtype: q8_0 } }

        """;

    [Fact]
    public void Reads_every_key()
    {
        ChainSchema.Keys.Select(entry => entry.Path.Split('.')[^1]).Should().OnlyContain(key => EveryKey.Contains(key + ":"));
        var chain = ChainPlan.Parse(EveryKey, "chain.yaml", []);

        (chain.Name, chain.Records, chain.Fallback).Should().Be(("v1", "r", ".."));
        chain.Steps.Select(step => step.Name).Should().Equal("a", "b", "c", "d", "e", "f");
        chain.Steps[0].Tokenizer.Should().BeEquivalentTo(
            new TokenizerStep("s.txt", "t") { VocabSize = 512, Split = "tekken", Set = ["a=1"] });
        chain.Steps[1].Corpus.Should().BeEquivalentTo(new CorpusStep("c.yaml") { Set = ["b=2"] });
        chain.Steps[2].Train.Should().BeEquivalentTo(new TrainStep("p.yaml") { Set = ["c=3", "d=4"] });
        chain.Steps[3].Synth.Should().Be(new SynthStep("d", "f")
        {
            Tokenizer = "t", Provider = "openai", Model = "m", Endpoint = "http://localhost/v1", Replies = "q", Prompt = "v1",
            Language = "all", Budget = 2.5, ValidationShare = 0.2, RefusalShare = 0.1, ContextLength = 300, Passages = 2,
            MaxTokens = 60,
        });
        chain.Steps[4].Evaluate.Should().BeEquivalentTo(new EvaluateStep("m", "o")
        {
            Gold = ["g"], Docs = "d", Passages = 2, BaseModel = "b", MaxForgetting = 0.2, MaxTokens = 9, Limit = 3, Windows = 4,
        });
        chain.Steps[5].Export.Should().Be(new ExportStep("m", "x") { Format = "gguf", Dtype = "q8_0" });
    }

    [Theory]
    [InlineData(
        "steps: { a: { trian: { plan: p } } }",
        "chain.yaml:2:15: unknown key \"trian\" in steps.a. Did you mean \"train\"?")]
    [InlineData(
        "steps: { a: { train: { plan: p, sett: [] } } }",
        "chain.yaml:2:33: unknown key \"sett\" in steps.a.train. Did you mean \"set\"?")]
    [InlineData("steps: { a: { train: {} } }", "*steps.a.train.plan is missing: add \"plan:\" under \"steps.a.train:\".")]
    [InlineData(
        "steps: { a: {} }",
        "*steps.a has no action: add one of tokenizer, corpus, train, synth, evaluate, export.")]
    [InlineData(
        "steps: { a: { train: { plan: p }, corpus: { plan: c } } }",
        "*steps.a has the actions train and corpus. A step has one action: make a step of each.")]
    [InlineData("steps: {}", "*steps is empty. Name a step: steps: {pretraining: {train: {plan: configs/toy.yaml}}}.")]
    [InlineData("steps: { .a: { train: { plan: p } } }", "*steps..a is \".a\"; a name has letters a–z, digits, *")]
    [InlineData(
        "steps: { a: { tokenizer: { source: text } } }",
        "*steps.a.tokenizer.output is missing: the source is text, and only a corpus plan names a tokenizer.")]
    [InlineData(
        "steps: { a: { evaluate: { model: m, output: o, max_tokens: 0 } } }", "*steps.a.evaluate.max_tokens is 0; *")]
    public void Refuses_what_is_no_chain_with_its_place(string steps, string message)
    {
        var parse = () => ChainPlan.Parse($"name: x\n{steps}\n", "chain.yaml", []);
        parse.Should().Throw<ConfigurationException>().WithMessage(message);
    }

    [Fact]
    public void Steps_in_the_wrong_order_and_two_with_one_output_are_refused()
    {
        Resolve("""
            a: { export: { model: m, output: x } }
            b: { evaluate: { model: y/z, output: o.json } }
            c: { export: { model: x, output: y } }
            """).Should().Throw<ConfigurationException>()
            .WithMessage("*the step b reads y/z (model), which the later step c writes. Move c before b.");
        Resolve("""
            a: { export: { model: m, output: x } }
            b: { export: { model: m, output: x/y } }
            """).Should().Throw<ConfigurationException>()
            .WithMessage("*the steps a and b both write x/y. Give one of them another output.");
        Resolve("a: { export: { model: x/m, output: x } }").Should().Throw<ConfigurationException>()
            .WithMessage("*the step a reads what it writes: x/m (model).");
    }

    [Fact]
    public void Inputs_are_looked_up_in_the_fallback_folder_unless_a_step_writes_them()
    {
        Write(
            "shipped/configs/corpus.yaml",
            "tokenizer: tok\noutput: out\nsources: { a: { path: text/a.txt }, b: { path: b.txt } }\n");
        Write("shipped/text/a.txt", "a");
        Write("shipped/tok/tokenizer.json", "another one");
        Write("here/b.txt", "b");
        Write("shipped/b.txt", "another one");
        var chain = ChainPlan.Parse(
            """
            name: x
            fallback: ..
            steps:
              t: { tokenizer: { source: configs/corpus.yaml } }
              c: { corpus: { plan: configs/corpus.yaml } }

            """,
            "chain.yaml", []);

        var files = ChainFiles.Resolve(chain, _folder / "shipped/configs/chain.yaml", _folder / "here");

        files.Sources.Select(source => source.Path).Should().Equal("text/a.txt", "b.txt");
        files.Find("text/a.txt").Should().Be(_folder / "shipped/text/a.txt");
        files.Find("b.txt").Should().Be(_folder / "here/b.txt", "the working directory comes first");
        files.Find("tok").Should().Be(_folder / "here/tok", "the step t writes it");
        files.GetOverrides(files.Steps[1]).Should().Equal($"sources.a.path=\"{_folder / "shipped/text/a.txt"}\"");
        files.FindReaders(files.Steps[0]).Should().Equal(files.Steps[1]);
    }

    [Fact]
    public void What_is_only_shown_does_not_make_a_training_step_stale()
    {
        var options = Describe();
        Describe("log_every=7", "samples.every=3", "ignored_guidelines={gpu-only: a test of chains}", "logging=[csv]")
            .Should().Equal(options);
        Describe("optimizer.learning_rate=2e-3").Should().NotEqual(options);
        Describe("seed=8").Should().NotEqual(options);

        IReadOnlyList<KeyValuePair<string, string>> Describe(params string[] set) =>
            new TrainStep(Path.Combine(TestPlans.Repository, "configs/toy.yaml")) { Set = set }.Describe(path => path).Options;
    }

    private Func<ChainFiles> Resolve(string steps) => () => ChainFiles.Resolve(
        ChainPlan.Parse(
            $"name: x\nsteps:\n  {steps.ReplaceLineEndings("\n  ")}\n", "chain.yaml", []),
        _folder / "chain.yaml", _folder.Path);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder / name)!);
        File.WriteAllText(_folder / name, text);
    }
}
