using System.CommandLine;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Cli.Preference;

/// <summary>The options <c>--reward</c> and <c>--rewards</c>: the rules that judge answers.</summary>
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

    public void AddTo(Command command)
    {
        command.Add(_values);
        command.Add(_file);
    }

    /// <exception cref="ConfigurationException">There is no reward, or one is invalid.</exception>
    public StatedRewards Read(ParseResult parsed)
    {
        var (file, values) = (parsed.GetValue(_file), parsed.GetValue(_values) ?? []);
        return file is null && values.Length == 0
            ? throw new ConfigurationException(
                "There is no reward to judge answers with. Add one: --reward exact_match=1 compares with the reference answers, "
                    + "--reward groundedness=1 with the passages.")
            : RewardsPlan.Load(file, values).ToStatedRewards();
    }
}
