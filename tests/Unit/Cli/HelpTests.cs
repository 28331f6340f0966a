using System.CommandLine;
using System.Text;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

public sealed class HelpTests
{
    /// <summary>Every verb at once, so that a change of one word is one difference.</summary>
    [Fact]
    public async Task Every_verb_explains_itself()
    {
        var text = new StringBuilder();
        foreach (var verb in Verbs("", CommandLine.Create(new Display(TextWriter.Null, "turkishllm"))))
        {
            var ran = await CommandLineRunner.Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
            text.Append("# turkishllm").Append(verb).Append(" --help\n\n").Append(AsInstalled(ran.Output)).Append("\n\n");
        }
        GoldenFile.Compare("Help", text.ToString());
    }

    // Within a test the program bears the test's name.
    private static string AsInstalled(string help) =>
        string.Join('\n', help.ReplaceLineEndings("\n").Trim().Replace(RootCommand.ExecutableName, "turkishllm", StringComparison.Ordinal).Split('\n').Select(line => line.TrimEnd()));

    private static IEnumerable<string> Verbs(string path, Command command) =>
        [path, .. command.Subcommands.SelectMany(verb => Verbs($"{path} {verb.Name}", verb))];
}
