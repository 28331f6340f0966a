using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>The program accepts the commands in README.md.</summary>
public sealed partial class ReadmeTests
{
    public static TheoryData<string> Commands() =>
        [
            .. Command()
                .Matches(File.ReadAllText(Path.Combine(Repository.Root, "README.md")))
                .Select(match => match.Groups[1].Value)
                .Distinct(),
        ];

    [Theory, MemberData(nameof(Commands))]
    public void Understands(string line)
    {
        var words = Word().Matches(line).Select(match => match.Value.Trim('"')).ToArray();
        CommandLine
            .Create(new Display(TextWriter.Null, "turkishllm"))
            .Parse(words)
            .Errors.Select(error => error.Message)
            .Should()
            .BeEmpty();
    }

    [Fact]
    public void The_readme_shows_commands() => Commands().Should().HaveCountGreaterThan(8);

    [GeneratedRegex(@"`\./run cli ([^`]+)`")]
    private static partial Regex Command();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
