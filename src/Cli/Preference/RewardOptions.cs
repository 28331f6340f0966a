using System.CommandLine;
using TorchSharp;
using TurkishLlm.Cli.Options;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Inference.Rewards;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Preference;

/// <summary>
/// The options <c>--reward</c>, <c>--rewards</c> and <c>--judge</c>: the rules and the model that judge answers.
/// </summary>
internal sealed class RewardOptions
{
    private readonly Option<string[]> _values = new("--reward")
    {
        Description = "A rule that judges answers and its weight, such as exact_match=1 or length.maximum=60: a key of "
            + "grpo.rewards. Can be repeated.",
        HelpName = "key=value",
    };

    private readonly Option<string?> _file = new("--rewards")
    {
        Description = "YAML file with such keys; --reward adds to it.", HelpName = "file",
    };

    private readonly Option<string?> _judge = new("--judge")
    {
        Description = "Run folder or checkpoint of a reward model that judges answers too.", HelpName = "model",
    };

    private readonly Option<double> _judgeWeight = DecimalOption.Create(
        "--judge-weight", "Weight of --judge among the rules.", defaultValue: 1);

    public void AddTo(Command command)
    {
        command.Add(_values);
        command.Add(_file);
        command.Add(_judge);
        command.Add(_judgeWeight);
    }

    /// <summary>Reads the options and opens the judge.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="device">Device of the judge.</param>
    /// <exception cref="ConfigurationException">There is no reward, or one is invalid.</exception>
    /// <exception cref="InvalidDataException">The judge is no reward model.</exception>
    public OpenedRewards Open(ParseResult parsed, torch.Device device)
    {
        var (file, values, path) = (parsed.GetValue(_file), parsed.GetValue(_values) ?? [], parsed.GetValue(_judge));
        if (file is null && values.Length == 0 && path is null)
            throw new ConfigurationException(
                "There is no reward to judge answers with. Add one: --reward exact_match=1 compares with the reference answers, "
                    + "--reward groundedness=1 with the passages, --judge MODEL asks a reward model.");
        var rules = file is null && values.Length == 0 ? null : RewardsPlan.Load(file, values).ToStatedRewards();
        if (path is null) return new(rules!, Judge: null);
        var weight = parsed.GetRequiredValue(_judgeWeight);
        if (weight <= 0) throw new ConfigurationException("--judge-weight must be more than 0.");
        var judge = TrainedModel.Open(ModelPath.Find(path), device, isRewardModel: true);
        var model = new RewardModel(judge.Model, judge.LoadChatTemplate());
        string[] digests = [.. ModelIdentity.Compute(judge.Folder, [])];
        return new(
            new StatedRewards(
                new([.. rules?.Rules.Parts ?? [], new(new JudgeReward(model), weight)]),
                [.. rules?.Statement ?? [], FormattableString.Invariant($"judge: {weight} {string.Join(' ', digests)}")]),
            judge);
    }
}

/// <summary>Rewards, and the reward model that is one of them.</summary>
/// <param name="Rewards">The rewards.</param>
/// <param name="Judge">The reward model; null for none.</param>
internal sealed record OpenedRewards(StatedRewards Rewards, TrainedModel? Judge) : IDisposable
{
    public void Dispose() => Judge?.Dispose();
}
