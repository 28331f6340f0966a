using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Evaluation.Sampling;
using TurkishLlm.Inference.Rewards;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Unit.Inference;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary><c>reward score</c> and <c>reward evaluate</c>, on a reward model with a head of random weights.</summary>
[Collection(nameof(NonParallel))]
public sealed class RewardCommandTests : IDisposable
{
    private const string Pair = """
        {"prompt": "Kablo nerede?", "chosen": "Depoda.", "rejected": "Iğdır'da üç bobin var."}
        {"prompt": "Makara nerede?", "chosen": "Üç bobin var.", "rejected": "Depoda."}

        """;

    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Scores_rows_and_pairs()
    {
        var expected = WriteRewardModel("Depoda.", "Iğdır'da üç bobin var.");
        var rows = _here.Write("rows.jsonl", """
            {"question": "Kablo nerede?", "answer": "Depoda."}
            {"question": "Kablo nerede?", "answer": "Iğdır'da üç bobin var."}

            """);
        var ran = await CommandLineRunner.Run("reward", "score", _here.Run, rows, "-o", _here / "rewards.jsonl");
        ran.Code.Should().Be(ExitCode.Success, ran.Errors);
        var lines = File.ReadAllLines(_here / "rewards.jsonl").Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        lines.Select(line => line.GetProperty("reward").GetDouble()).Should().Equal(expected);
        lines.Select(line => line.GetProperty("location").GetString())
            .Should().OnlyContain(text => text!.Contains("rows.jsonl:", StringComparison.Ordinal));

        var judged = await CommandLineRunner.Run("reward", "evaluate", _here.Run, _here.Write("pairs.jsonl", Pair));
        judged.Code.Should().Be(ExitCode.Success, judged.Errors);
        judged.Output.Should().Contain("2 pairs").And.MatchRegex(@"accuracy +\d");
    }

    [Fact]
    public async Task Judges_generated_answers()
    {
        var expected = WriteRewardModel("Depoda.")[0];
        ScriptedRun.Write(_here / "language", "Depoda.", contextLength: 90);
        var rows = _here.Write("rows.jsonl", """{"question": "Kablo nerede?", "answer": "Depoda."}""" + "\n");
        var ran = await CommandLineRunner.Run(
            "preference", "generate", _here / "language", rows, "-o", _here / "answers.jsonl", "-n", "1", "--temperature", "0",
            "--judge", _here.Run, "--judge-weight", "3", "--reward", "exact_match=1");
        ran.Code.Should().Be(ExitCode.Success, ran.Errors);
        var answer = SampledQuestion.ReadAll(_here / "answers.jsonl")[0].Answers[0];
        var judged = 1 / (1 + Math.Exp(-expected));
        answer.Parts["judge"].Should().BeApproximately(judged, 1e-12);
        answer.Reward.Should().BeApproximately((3 * judged + 1) / 4, 1e-12);
        (await CommandLineRunner.Run(
            "preference", "generate", _here.Run, rows, "-o", _here / "x", "--judge", _here / "language")).FirstError
            .Should().Contain("is a language model");
    }

    [Fact]
    public async Task Reward_models_and_language_models_are_not_mixed_up()
    {
        WriteRewardModel();
        var pairs = _here.Write("pairs.jsonl", Pair);
        var rows = _here.Write("rows.jsonl", """{"question": "Kablo nerede?", "answer": "Depoda."}""" + "\n");
        foreach (var command in new string[][]
        {
            ["chat", _here.Run, "--prompt", "Kablo nerede?"], ["evaluate", _here.Run, "--gold", rows], ["serve", _here.Run],
            ["checkpoint", "export", _here.Run, _here / "out"],
            ["preference", "generate", _here.Run, rows, "-o", _here / "x", "--reward", "ends=1"],
        })
        {
            var ran = await CommandLineRunner.Run(command);
            ran.Code.Should().Be(ExitCode.InvalidInput, string.Join(' ', command));
            ran.FirstError.Should().Contain("is a reward model, which scores answers and generates none");
        }
        ScriptedRun.Write(_here / "language", "Depoda.");
        (await CommandLineRunner.Run("reward", "evaluate", _here / "language", pairs)).FirstError
            .Should().Contain("is a language model, which has no reward head");
    }

    // Returns the rewards of answers to one question.
    private double[] WriteRewardModel(params string[] answers)
    {
        var tokenizer = ScriptedModel.Tokenizer;
        var config = ScriptedModel.Config(tokenizer, contextLength: 96);
        var plan = TinyPlan.Create(_here.Run) with
        {
            Model = config,
            WarmStart = new WarmStartPlan("language"),
            Preference = new PreferencePlan(["pairs.jsonl"], new RewardPlan()),
            Samples = new SamplePlan { Every = 0 },
        };
        Directory.CreateDirectory(Path.Combine(_here.Run, "checkpoints"));
        File.WriteAllText(Path.Combine(_here.Run, "plan.yaml"), plan.ToYaml());
        using var language = ScriptedModel.Weights(
            config, tokenizer, [.. tokenizer.EncodeToIds("Depoda."), SpecialTokens.EndOfTurn]);
        using var weights = RewardHead.AddTo(language, seed: 7);
        using var optimizer = new AdamW(weights, new AdamWSettings(0.9, 0.95, 1e-8, 0.1));
        var template = new ChatTemplate(tokenizer);
        Checkpoint.Save(
            RunFolder.OpenExisting(_here.Run).CheckpointFolder(12), weights, optimizer, template,
            hashes => new CheckpointState(
                12, 12, 1.5, null, plan.Seed, tokenizer.Hash, "da7a", null, "5e1f", null, SafetyState.Initial, hashes));
        using var model = new LanguageModel(weights);
        var rewards = new RewardModel(model, template);
        return [.. answers.Select(answer => rewards.Score(new Conversation(ChatMessage.User("Kablo nerede?")), answer))];
    }
}
