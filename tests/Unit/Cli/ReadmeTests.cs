using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Cli;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>The program accepts the commands in README.md, and has as many requirements as pages say.</summary>
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

    [Theory, InlineData("README.md"), InlineData("docs/guide/pretrain.md")]
    public void The_number_of_requirements_is_that_of_the_catalog(string page) =>
        Count().Match(File.ReadAllText(Path.Combine(Repository.Root, page))).Groups[1].Value
            .Should().Be(FormattableString.Invariant($"{RequirementCatalog.All.Count}"));

    [Fact]
    public void The_readme_shows_commands() => Commands().Should().HaveCountGreaterThan(8);

    [GeneratedRegex(@"`\./run cli ([^`]+)`")]
    private static partial Regex Command();

    [GeneratedRegex("^open: ([0-9]+) requirements hold", RegexOptions.Multiline)]
    private static partial Regex Count();

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();
}
