using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Rewards;

/// <summary><c>turkishllm reward</c>: measures and applies reward models.</summary>
internal static class RewardCommand
{
    public static Command Create(Display display) =>
        new("reward", "Measure a reward model on pairs, and score answers with it.")
        {
            RewardEvaluateCommand.Create(display), RewardScoreCommand.Create(display),
        };
}
