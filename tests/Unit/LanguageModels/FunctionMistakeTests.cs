using FluentAssertions;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Wrong functions of users fail, and the explanation names the mistake.</summary>
public sealed class FunctionMistakeTests(ITestOutputHelper output)
{
    public static TheoryData<string> Names() => [.. FunctionMistakes.All.Select(mistake => mistake.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Fails_without_an_exception(string name)
    {
        var catalog = FunctionMistakes.All.Single(mistake => mistake.Name == name).Judge();
        var failed = catalog.Judge().Where(judgment => !judgment.Verdict.Holds).ToArray();
        failed.Should().NotBeEmpty();
        failed.Should().NotContain(judgment => judgment.Verdict.Crashed);
    }

    [Fact]
    public void The_explanation_names_most_mistakes()
    {
        var (named, first) = (0, 0);
        foreach (var (name, judge, impostors) in FunctionMistakes.All)
        {
            var verify = () => judge().Verify();
            var message = verify.Should().Throw<RequirementFailedException>("{0}", name).Which.Message;
            var isNamed = impostors.Any(impostor => message.Contains($"looks like: {impostor} (", StringComparison.Ordinal));
            if (IsFirst(message, impostors)) first++;
            if (isNamed) named++;
            else output.WriteLine($"{name}:\n{message}\n");
        }
        output.WriteLine($"{named} of {FunctionMistakes.All.Count} mistakes named, {first} by the first requirement that fails");
        named.Should().BeGreaterThanOrEqualTo(FunctionMistakes.All.Count * 9 / 10);
    }

    [Fact]
    public void Tiled_heads_are_refused_in_words_that_say_what_is_wrong()
    {
        var judge = () => FunctionMistakes.All[0].Judge().Verify();
        judge.Should().Throw<RequirementFailedException>().WithMessage(
            "*GQA-01: Consecutive query heads share a key/value head*"
            + "readers of key/value head[0] = \"0, 2\", required \"0, 1\"*looks like: key value heads tiled*");
    }

    private static bool IsFirst(string message, string[] impostors)
    {
        const string label = "looks like: ";
        var start = message.IndexOf(label, StringComparison.Ordinal);
        return start >= 0
            && impostors.Any(name => message[(start + label.Length)..].StartsWith(name + " (", StringComparison.Ordinal));
    }
}
