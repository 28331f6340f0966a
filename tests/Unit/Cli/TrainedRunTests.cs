using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Training;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Tests of commands on a trained run, complete or damaged. The run is created once, without the gate.</summary>
[Collection(nameof(NonParallel))]
public sealed class TrainedRunTests(TrainedRunTests.TrainedRunFixture trained)
    : IClassFixture<TrainedRunTests.TrainedRunFixture>,
        IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Generates_the_same_text_from_the_same_seed_and_another_from_another()
    {
        var texts = new List<string>();
        foreach (var seed in new[] { "7", "7", "8" })
        {
            var ran = await CommandLineRunner.Run(
                "generate", trained.Run, "Türkiye", "--seed", seed, "--max-tokens", "12", "--temperature", "1.5");
            ran.Code.Should().Be(ExitCode.Success);
            texts.Add(ran.Output);
        }
        texts[0].Should().StartWith("Türkiye").And.Be(texts[1]).And.NotBe(texts[2]);
    }

    [Fact]
    public async Task Evaluates_to_a_loss_near_the_one_training_measured()
    {
        var ran = await CommandLineRunner.Run("evaluate", trained.Run, "--windows", "2", "--checkpoint", "last");
        ran.Code.Should().Be(ExitCode.Success);
        var last = MetricsLog.Read(Path.Combine(trained.Run, "metrics.jsonl")).Last();
        var (loss, bits) = (last.ValidationLoss!.Value, last.ValidationBitsPerByte!.Value);
        var bytes = Math.Round(loss * 38 / Math.Log(2) / bits);
        ran.Output.ReplaceLineEndings("\n").Should().Be(
            FormattableString.Invariant($"step 12: loss {loss:F4} nats per token, perplexity {Math.Exp(loss):F2}, ")
            + FormattableString.Invariant($"{bits:F4} bits per byte, on 38 tokens ({bytes} bytes of text)\n")
            + "2 windows are too few for an interval (at least 4 are needed).\n");
    }

    [Fact]
    public async Task Evaluates_with_an_interval_around_the_loss()
    {
        var ran = await CommandLineRunner.Run("evaluate", trained.Run, "--windows", "20");
        ran.Code.Should().Be(ExitCode.Success);
        var numbers = System
            .Text.RegularExpressions.Regex.Match(
                ran.Output,
                @"loss ([\d.]+) nats.*\n95 % interval over 20 windows: "
                    + @"loss ([\d.]+) … ([\d.]+), perplexity ([\d.]+) … ([\d.]+)\n$"
            )
            .Groups.Cast<System.Text.RegularExpressions.Group>()
            .Skip(1)
            .Select(group => double.Parse(group.Value, System.Globalization.CultureInfo.InvariantCulture))
            .ToArray();
        numbers.Should().HaveCount(5);
        numbers[0].Should().BeGreaterThan(numbers[1]).And.BeLessThan(numbers[2]);
        numbers[3].Should().BeApproximately(Math.Exp(numbers[1]), numbers[3] * 1e-3);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("config.json")]
    public async Task Refuses_a_checkpoint_with_one_flipped_bit(string name)
    {
        var run = _here.Copy(trained.Run, "run");
        var checkpoint = Path.Combine(run, "checkpoints", "step-000012");
        var bytes = File.ReadAllBytes(Path.Combine(checkpoint, name));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(Path.Combine(checkpoint, name), bytes);
        var pattern =
            $"{checkpoint}/{name} is damaged: its SHA-256 is *, state.json says *. Delete {checkpoint} to resume "
            + "from the checkpoint before it.";

        ExpectLike(await CommandLineRunner.Run("generate", run, "Kablo", "--checkpoint", "last"), pattern);
        ExpectLike(await CommandLineRunner.Run("evaluate", run + "/last"), pattern);
        ExpectLike(await CommandLineRunner.Run("checkpoint", "inspect", run, "--checkpoint", "step-12"), pattern);
        var before = Content(run);
        ExpectLike(await CommandLineRunner.Run("train", _here.Plan, "--resume", "auto", "--set", "training.steps=20"), pattern);
        Content(run).Should().Equal(before);
    }

    [Fact]
    public async Task Refuses_a_state_that_is_not_the_one_written()
    {
        var run = _here.Copy(trained.Run, "run");
        var checkpoint = Path.Combine(run, "checkpoints", "step-000012");
        var state = Path.Combine(checkpoint, "state.json");
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"step\": 12", "\"step\": 11", StringComparison.Ordinal));
        Expect(
            await CommandLineRunner.Run("generate", run + "/last", "Kablo"),
            $"{state} is damaged: its values do not match its own hash. Delete {checkpoint} to resume from the "
                + "checkpoint before it.");

        File.WriteAllText(state, "{\"step\": 12");
        ExpectLike(
            await CommandLineRunner.Run("generate", run + "/last", "Kablo"),
            $"{state} is damaged: * Delete {checkpoint} to resume from the checkpoint before it.");
    }

    [Fact]
    public async Task Refuses_a_file_in_place_of_a_run_folder() =>
        Expect(
            await CommandLineRunner.Run("evaluate", _here.Write("notes.txt", "mine")),
            $"{_here / "notes.txt"} is a file. Give a run folder, such as runs/toy.");

    [Fact]
    public async Task Says_how_to_resume_a_run_without_checkpoints()
    {
        var plan = _here.Write("run/plan.yaml", File.ReadAllText(Path.Combine(trained.Run, "plan.yaml")));
        foreach (var verb in new[] { "generate", "evaluate" })
            Expect(
                await CommandLineRunner.Run(verb, _here.Run),
                $"The run {_here.Run} has no checkpoint yet. Train it first: turkishllm train {plan} --resume auto");
    }

    [Fact]
    public async Task Uses_the_checkpoint_with_the_lowest_validation_loss_and_says_so()
    {
        var run = _here.Copy(trained.Run, "run");
        SetValidation(run, (9, 3.25), (12, 3.5));
        string[][] commands =
        [
            ["generate", run, "Kablo", "--max-tokens", "1"], ["evaluate", run, "--windows", "2"],
            ["checkpoint", "inspect", run], ["checkpoint", "verify", run], ["checkpoint", "export", run, _here / "best"],
        ];
        foreach (var command in commands)
            (await CommandLineRunner.Run(command)).Should().BeEquivalentTo(new
            {
                Code = ExitCode.Success,
                Errors = $"Using {run}, step 9, the checkpoint with the lowest validation loss (3.2500). "
                    + $"The last one: --checkpoint last (step 12, validation loss 3.5000).{Environment.NewLine}",
            });
        var evaluated = await CommandLineRunner.Run("evaluate", run, "--windows", "2", "--checkpoint", "last");
        evaluated.Output.Should().StartWith("step 12: loss ");
        evaluated.Errors.Should().Be($"Using {run}, step 12, the last checkpoint (validation loss 3.5000). "
            + $"The one with the lowest validation loss: --checkpoint best (step 9, 3.2500).{Environment.NewLine}");
        (await CommandLineRunner.Run("evaluate", run, "--windows", "2", "--checkpoint", "step-000009"))
            .Should().BeEquivalentTo(new { Code = ExitCode.Success, Errors = "" });
        (await CommandLineRunner.Run("evaluate", run + "/last", "--windows", "2")).Output.Should().StartWith("step 12: loss ");

        (await CommandLineRunner.Run("checkpoint", "export", run, _here / "last", "--checkpoint", "last")).Code
            .Should().Be(ExitCode.Success);
        File.ReadAllBytes(_here / "best/model.safetensors")
            .Should().NotEqual(File.ReadAllBytes(_here / "last/model.safetensors"));
    }

    [Fact]
    public async Task Refuses_a_checkpoint_that_is_none()
    {
        ExpectLike(
            await CommandLineRunner.Run("generate", trained.Run, "a", "--checkpoint", "step-000005"),
            $"The run {trained.Run} has no checkpoint of step 5. It has those of steps *9, 12.");
        var checkpoint = Path.Combine(trained.Run, "checkpoints", "step-000012");
        Expect(
            await CommandLineRunner.Run("generate", checkpoint, "a", "--checkpoint", "best"),
            $"--checkpoint best chooses a checkpoint of a run folder, but {checkpoint} is not one: it has no plan.yaml.");
    }

    [Theory]
    [InlineData(10, "training.steps=10")]
    [InlineData(3, "training.steps=3")]
    public async Task A_plan_that_ends_before_its_run_says_what_can_be_done(int steps, string set)
    {
        var before = Content(trained.Run);
        var ran = await CommandLineRunner.Run("train", trained.Plan, "--resume", "auto", "--set", set);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        var train = $"turkishllm train {trained.Run}/plan.yaml";
        var lines = ran.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        lines[0].Should().Be($"Nothing to train: {trained.Run} has taken 12 steps, and this plan ends after {steps}.");
        lines[1..].Should().Equal(
        [
            .. steps == 10
                ? [$"Train steps 10 to 10 again from an earlier checkpoint with: {train} "
                    + $"--resume {trained.Run}/checkpoints/step-000009 --set training.steps=10"]
                : Array.Empty<string>(),
            $"Train a new run of this length with: {train} --set training.steps={steps} --set run={trained.Run}-{steps}",
            $"Train longer with: {train} --resume auto --set training.steps=24",
        ]);
        Content(trained.Run).Should().Equal(before);
    }

    [Fact]
    public async Task A_finished_run_has_nothing_left_to_do_and_stays_as_it_is()
    {
        var before = Content(trained.Run);
        var ran = await CommandLineRunner.Run("train", trained.Plan, "--resume", "auto");
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.ReplaceLineEndings("\n").Should().Be(
            "The run is complete: step 12 of 12.\n"
            + $"Train longer with: turkishllm train {trained.Run}/plan.yaml --resume auto --set training.steps=24\n");
        Content(trained.Run).Should().Equal(before);
    }

    [Fact]
    public async Task Refuses_to_start_from_a_checkpoint_that_is_not_there()
    {
        ExpectLike(
            await CommandLineRunner.Run("train", _here.Plan, "--init-from", trained.Run + "x"),
            $"There is no checkpoint {trained.Run}x.*");
        ExpectLike(
            await CommandLineRunner.Run(
                "train", _here.Plan, "--init-from",
                Path.Combine(trained.Run, "checkpoints", "step-000099")),
            "There is no checkpoint * The newest checkpoint of the run is *step-000012.");
    }

    [Fact]
    public async Task Resumes_from_a_named_checkpoint()
    {
        var run = _here.Copy(trained.Run, "run");
        var ran = await CommandLineRunner.Run("train", _here.Plan, "--resume", Path.Combine(run, "checkpoints", "step-000009"));
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Should()
            .Contain(
                $"  ! Resumes after step 9 from {run}/checkpoints/step-000009. "
                    + $"Set aside, safe to delete: {run}/checkpoints/step-000012.aside-1."
            );
        TinyPlan.Trace(run).Should().Equal(TinyPlan.Trace(trained.Run));
        ExpectLike(
            await CommandLineRunner.Run("train", _here.Plan, "--resume", _here / "nowhere"),
            "There is no checkpoint *nowhere. *");
    }

    [Fact]
    public async Task Refuses_to_resume_a_model_of_another_shape()
    {
        var before = Content(trained.Run);
        Expect(
            await CommandLineRunner.Run(
                "train", trained.Plan, "--resume", "auto", "--set", "model.d_ff=48", "--set", "model.n_layers=3"),
            $"The run folder {trained.Run} holds a run of another model (model.n_layers: 2 → 3; model.d_ff: "
                + "40 → 48), which this plan cannot resume. Choose another name: or run: in the plan.");
        Content(trained.Run).Should().Equal(before);
    }

    [Fact]
    public async Task Tokens_of_a_text_decode_to_it()
    {
        var folder = _here.Copy(ReferenceRun.Plan.Data.Tokenizer, "tokenizer");
        const string text = "Ankara'daki IĞDIR ışığı, 12 kg   İyi!";
        var encoded = await CommandLineRunner.Run("tokenizer", "encode", folder, text);
        var ids = encoded.Output.Split(Environment.NewLine)[0].Split(' ');
        var decoded = await CommandLineRunner.Run(["tokenizer", "decode", folder, .. ids]);
        (decoded.Code, decoded.Output).Should().Be((ExitCode.Success, text + Environment.NewLine));

        Expect(
            await CommandLineRunner.Run("tokenizer", "decode", folder, "5", "2048"),
            $"Unknown token id 2048: the vocabulary of {folder} has the ids 0 … 2047.");
    }

    [Fact]
    public async Task Shows_a_window_of_the_data_as_text()
    {
        var data = ReferenceRun.Plan.Data;
        var ran = await CommandLineRunner.Run("data", "inspect", data.Shards, "-t", data.Tokenizer, "--length", "20");
        ran.Code.Should().Be(ExitCode.Success);
        ran.Output.Should().StartWith("tokens 0 … 19 of ").And.Contain("== document 0 begins at 0");

        ExpectLike(await CommandLineRunner.Run("data", "inspect", data.Shards, "-t", data.Tokenizer, "--position", "99999999"),
            "--position 99999999 and --length 128 are outside the * tokens of the split. Use --position 0 … "
                + "* and a --length of at least 1.");
    }

    private static void Expect(CommandLineResult ran, string message) =>
        (ran.Code, ran.Errors.TrimEnd(), ran.Output).Should().Be((ExitCode.InvalidInput, message, ""));

    private static void ExpectLike(CommandLineResult ran, string pattern)
    {
        (ran.Code, ran.Output).Should().Be((ExitCode.InvalidInput, ""));
        ran.Errors.TrimEnd().Should().Match(pattern);
    }

    /// <summary>Replaces the validation losses of a run.</summary>
    internal static void SetValidation(string run, params (long Step, double Loss)[] losses)
    {
        var file = Path.Combine(run, "metrics.jsonl");
        var lines = MetricsLog.Read(file).ToArray();
        using var log = MetricsLog.Open(file, 0);
        foreach (var line in lines)
            log.Append(line with
            {
                ValidationLoss = losses.Where(measured => measured.Step == line.Step).Select(measured => (double?)measured.Loss)
                    .SingleOrDefault(),
            });
    }

    private static IEnumerable<string> Content(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
        .Select(file =>
            $"{file} " + $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}");

    /// <summary>A finished run.</summary>
    public sealed class TrainedRunFixture : IDisposable
    {
        private readonly TestWorkspace _here = new();

        public TrainedRunFixture()
        {
            using var run = TrainingRun.Open(TestClearance.Create(TrainingPlan.Load(_here.Plan, [])), resume: false);
            run.Train(cancellationToken: TestContext.Current.CancellationToken).Should().BeTrue();
        }

        public string Plan => _here.Plan;

        public string Run => _here.Run;

        public void Dispose() => _here.Dispose();
    }
}
