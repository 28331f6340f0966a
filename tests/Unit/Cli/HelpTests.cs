using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

public sealed partial class HelpTests
{
    /// <summary>Compares the help of all commands with one file.</summary>
    [Fact]
    public async Task Every_command_has_help()
    {
        var text = new StringBuilder();
        foreach (var command in Commands("", CommandLine.Create(new Display(TextWriter.Null, "turkishllm"))))
        {
            var ran = await CommandLineRunner.Run([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
            text.Append("# turkishllm").Append(command).Append(" --help\n\n").Append(AsInstalled(ran.Output)).Append("\n\n");
        }
        GoldenFile.Compare("Help", text.ToString());
    }

    [Fact]
    public async Task Every_command_has_two_or_three_examples_that_the_program_accepts()
    {
        var root = CommandLine.Create(new Display(TextWriter.Null, "turkishllm"));
        foreach (var path in Commands("", root))
        {
            string[] words = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var help = (await CommandLineRunner.Run([.. words, "--help"])).Output.ReplaceLineEndings("\n");
            var examples = help.Split("Examples:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            examples.Should().HaveCountGreaterThanOrEqualTo(2, path).And.HaveCountLessThanOrEqualTo(3, path);
            foreach (var example in examples)
            {
                example.Should().StartWith($"  turkishllm{path}");
                var parsed = root.Parse([
                    .. Word().Matches(example.Split(" > ")[0]).Skip(1).Select(match => match.Value.Trim('"')),
                ]);
                parsed.Errors.Select(error => error.Message).Should().BeEmpty(example);
                parsed.CommandResult.Command.Subcommands.Should().BeEmpty(example);
            }
        }
    }

    [Fact]
    public async Task Help_has_at_most_100_columns() =>
        (await CommandLineRunner.Run("synth", "generate", "--help"))
            .Output.Split('\n')
            .Should()
            .OnlyContain(line => line.TrimEnd().Length <= 100);

    [Theory, InlineData("--version"), InlineData("version")]
    public async Task Versions_name_the_libraries(string word)
    {
        var ran = await CommandLineRunner.Run(word);
        (ran.Code, ran.Errors).Should().Be((ExitCode.Success, ""));
        ran.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[0].Trim())
            .Should().Equal("turkishllm", "commit", ".NET", "TorchSharp", "libtorch", "system");
        ran.Output.Should().MatchRegex(@"(?m)^libtorch +\d+\.\d+\.\d+");
    }

    [Fact]
    public async Task Versions_as_JSON_have_the_same_names() =>
        JsonDocument.Parse((await CommandLineRunner.Run("version", "--json")).Output).RootElement.EnumerateObject()
            .Select(version => version.Name).Should().Equal("turkishllm", "commit", "net", "torchsharp", "libtorch", "system");

    // The executable is named differently in tests.
    private static string AsInstalled(string help) =>
        string.Join(
            '\n', help.ReplaceLineEndings("\n")
                .Trim()
                .Replace(RootCommand.ExecutableName, "turkishllm", StringComparison.Ordinal)
                .Split('\n')
                .Select(line => line.TrimEnd()));

    private static IEnumerable<string> Commands(string path, Command command) =>
        [path, .. command.Subcommands.SelectMany(subcommand => Commands($"{path} {subcommand.Name}", subcommand))];

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
