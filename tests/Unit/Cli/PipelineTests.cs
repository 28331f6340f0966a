using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Plans;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary><c>turkishllm pipeline</c> on a small chain: a tokenizer, shards, and a run that is trained on them.</summary>
[Collection(nameof(NonParallel))]
public sealed class PipelineTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public PipelineTests() => WriteChain(vocabulary: 300);

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Runs_what_is_stale_and_nothing_else()
    {
        var first = await Run();
        (first.Code, first.Errors).Should().Be((ExitCode.Success, ""));
        first.Output.Should().Contain("== Step 1 of 2: tokenizer (not run yet)")
            .And.Contain("== Step 2 of 2: shards (not run yet)")
            .And.EndWith($"The chain small is complete.{Environment.NewLine}");

        (await Run()).Output.Should().NotContain("== Step").And.Contain("up to date");

        File.AppendAllText(_here / "text/a.txt", $"\n\n{RandomText(99)}\n");
        (await Run()).Output.Should().Contain($"== Step 1 of 2: tokenizer ({_here / "text"} has changed)")
            .And.Contain($"The earlier output is kept as {_here / "out/tokenizer.aside-1"}")
            .And.Contain("== Step 2 of 2: shards (");

        WriteChain(vocabulary: 310);
        (await Run()).Output.Should().Contain("== Step 1 of 2: tokenizer (vocab_size: 300 → 310)");
        (await Run()).Output.Should().NotContain("== Step");

        (await Run("--only", "shards", "--force")).Output.Should()
            .Contain("== Step 1 of 1: shards (forced)").And.NotContain("tokenizer (");
    }

    [Fact]
    public async Task A_dry_run_says_what_will_run_and_writes_nothing()
    {
        var ran = await Run("--dry-run", "--hourly-rate", "2.5", "--currency", "USD");
        ran.Code.Should().Be(ExitCode.Success);
        ran.Output.Should().Contain("shards     corpus     not run yet").And.Contain("cost");
        Directory.Exists(_here / "out").Should().BeFalse();

        var json = await Run("--dry-run", "--json");
        using var parsed = System.Text.Json.JsonDocument.Parse(json.Output);
        parsed.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("runs").GetBoolean())
            .Should().Equal(true, true);
    }

    [Fact]
    public async Task A_missing_input_ends_the_chain_before_it_starts()
    {
        Directory.Delete(_here / "text", recursive: true);
        var ran = await Run();
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().StartWith($"{_here / "text"} does not exist; the step tokenizer reads it (source).");
        Directory.Exists(_here / "out/tokenizer").Should().BeFalse();
    }

    [Fact]
    public async Task An_output_of_nobody_known_is_refused_until_it_is_adopted()
    {
        _here.Write("out/tokenizer/notes.txt", "kept");
        var refused = await Run();
        refused.Code.Should().Be(ExitCode.InvalidInput);
        refused.Errors.Should().Contain($"{_here / "out/tokenizer"} exists, but no chain has recorded how it was made.")
            .And.Contain("--adopt tokenizer");
        (await Run("--adopt", "tokenizer")).Code.Should().Be(ExitCode.Success);
        (await Run("--dry-run")).Output.Should().Contain("tokenizer  tokenizer  up to date");
        File.ReadAllText(_here / "out/tokenizer/notes.txt").Should().Be("kept");
    }

    [Fact]
    public async Task One_process_at_a_time_runs_a_chain()
    {
        using var locked = new TurkishLlm.Runs.Chains.StepRecords(_here / "records").Lock("small");
        var ran = await Run();
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().StartWith("Another process runs the chain small");
    }

    [Fact]
    public async Task A_step_that_fails_ends_the_chain_with_its_exit_code()
    {
        File.WriteAllText(_here / "text/a.txt", string.Join(' ', Enumerable.Range(0, 40).Select(RandomText)));
        var ran = await Run();
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.Errors.Should().Contain("The chain small stopped at the step shards (exit code 2). To resume there: turkishllm ");
        (await Run("--dry-run")).Output.Should().Contain("shards     corpus     was interrupted");
    }

    [Fact]
    public async Task Every_option_of_a_step_is_one_of_its_command()
    {
        var every = ChainPlanTests.EveryKey.Split('\n').Where(line => !line.StartsWith("  b:", StringComparison.Ordinal)
            && !line.StartsWith("  c:", StringComparison.Ordinal));
        File.WriteAllText(Chain, string.Join('\n', every).Replace(", set: [a=1]", "", StringComparison.Ordinal));
        var ran = await Run("--dry-run");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
    }

    [Theory]
    [InlineData(
        "steps.d.synth.provider=opanai", "the step d cannot run synth generate: --provider is opanai; it must be *openai*")]
    [InlineData("steps.f.export.dtype=q8", "the step f cannot run checkpoint export: --dtype is q8; it must be *q8_0*")]
    public async Task An_option_that_its_command_would_refuse_ends_the_chain_before_it_starts(string value, string message)
    {
        await Every_option_of_a_step_is_one_of_its_command();
        var ran = await Run("--set", value);
        ran.Code.Should().Be(ExitCode.InvalidInput);
        ran.FirstError.Should().Match($"{Chain}: {message}");
        Directory.Exists(_here / "out").Should().BeFalse();
    }

    [Theory]
    [InlineData("--from", "shard", "The chain has no step shard. Did you mean \"shards\"? Its steps: tokenizer, shards.")]
    [InlineData("--utilization", "0.3", "--utilization is a fraction of --peak-tflops, which is missing. Add --peak-tflops 989.")]
    public async Task Refuses_wrong_options(string option, string value, string message)
    {
        var ran = await Run(option, value);
        (ran.Code, ran.FirstError).Should().Be((ExitCode.InvalidInput, message));
    }

    [Fact]
    public void A_chain_that_is_killed_again_and_again_has_the_bits_of_one_that_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Signals are a matter of Unix.");
        WriteTraining();
        Kill("tokenizer", () => Directory.Exists(_here / "out/tokenizer.counts"));
        Kill("shards", () => Directory.Exists(_here / "out/shards.partial"));
        Kill("training", () => Lines() > 20);
        using (var last = Start()) last.WaitForExit().Should().Be(0, last.Output);

        // The same in the process of the test, without chain and gate.
        var whole = TurkishLlm.Plans.TrainingPlan.Load(
            _here.Plan, ["run=" + (_here / "whole"), .. Data("out"), "training.steps=120"]);
        TinyPlan.Trace(_here / "out/run").Should().Equal(TinyPlan.Trace(whole));
        using var again = Start();
        again.WaitForExit().Should().Be(0, again.Output);
        again.Output.Should().NotContain("== Step", "nothing has changed");

        void Kill(string step, Func<bool> when)
        {
            using var process = Start();
            var begins = $": {step} (";
            process.WaitForExit(ChildProcess.Kill, () => process.Output.Contains(begins, StringComparison.Ordinal) && when())
                .Should().Be(137, process.Output);
        }

        int Lines() =>
            File.Exists(_here / "out/run/metrics.jsonl") ? File.ReadAllLines(_here / "out/run/metrics.jsonl").Length : 0;
    }

    private string Chain => _here / "chain-small.yaml";

    private string[] Data(string folder) =>
        [$"data.tokenizer={_here / $"{folder}/tokenizer"}", $"data.shards={_here / $"{folder}/shards"}"];

    private Task<CommandLineResult> Run(params string[] options) => CommandLineRunner.Run(["pipeline", Chain, .. options]);

    private ChildProcess Start() => new("pipeline", Chain);

    private void WriteChain(int vocabulary)
    {
        if (!Directory.Exists(_here / "text"))
            _here.Write("text/a.txt", string.Join("\n\n", Enumerable.Range(0, 40).Select(RandomText)));
        _here.Write("corpus.yaml",
            $"tokenizer: {_here / "out/tokenizer"}\noutput: {_here / "out/shards"}\n"
                + $"sources: {{ a: {{ path: {_here / "text"} }} }}\nvalidation_share: 0.2\n");
        _here.Write("chain-small.yaml",
            $$"""
            name: small
            records: {{_here / "records"}}
            steps:
              tokenizer: { tokenizer: { source: {{_here / "text"}}, output: {{_here / "out/tokenizer"}}, vocab_size: {{vocabulary}} } }
              shards: { corpus: { plan: {{_here / "corpus.yaml"}} } }

            """);
    }

    // The fixture text has enough words for the 2,048 tokens of the plan.
    private void WriteTraining()
    {
        var text = Path.Combine(Repository.Root, "fixtures", "text");
        _here.Write("corpus.yaml",
            $"tokenizer: {_here / "out/tokenizer"}\noutput: {_here / "out/shards"}\n"
                + $"sources: {{ a: {{ path: {text} }} }}\nvalidation_share: 0.05\n");
        _here.Write("chain-small.yaml",
            $$"""
            name: small
            records: {{_here / "records"}}
            steps:
              tokenizer: { tokenizer: { source: {{text}}, output: {{_here / "out/tokenizer"}}, vocab_size: 2048 } }
              shards: { corpus: { plan: {{_here / "corpus.yaml"}} } }
              training:
                train:
                  plan: {{_here.Plan}}
                  set: [run={{_here / "out/run"}}, {{string.Join(", ", Data("out"))}}, training.steps=120]

            """);
    }

    private static string RandomText(int seed)
    {
        var random = new Random(seed);
        string[] words = ["kablo", "makara", "fatura", "depo", "sipariş", "üretim", "bakır", "hat", "iş", "emir", "stok"];
        return string.Join(' ', Enumerable.Range(0, 40).Select(_ => words[random.Next(words.Length)]));
    }
}
