using System.CommandLine;
using TurkishLlm.Cli.Terminal;

namespace TurkishLlm.Cli.Preference;

/// <summary><c>turkishllm preference generate | pairs | best | compare</c></summary>
internal static class PreferenceCommand
{
    public static Command Create(Display display) => new(
        "preference", "Make training data from a model's own answers, judged by rules.")
    {
        PreferenceGenerateCommand.Create(display), PreferencePairsCommand.Create(display), PreferenceBestCommand.Create(display),
        PreferenceCompareCommand.Create(display),
    };
}
