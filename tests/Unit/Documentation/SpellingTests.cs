using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>The English of the pages is spelled as in American dictionaries, and as in that of the project.</summary>
public sealed partial class SpellingTests
{
    private static readonly string Dictionary = Path.Combine(Repository.Root, "tests", "Unit", "Documentation", "dictionary.txt");

    [Theory, InlineData("docs"), InlineData("CONTRIBUTING.md"), InlineData("configs")]
    public void Pages_are_spelled_correctly(string scope)
    {
        var words = VocabularyTests.Read(scope)
            .SelectMany(text => WordPattern().Matches(text.Text).Select(word => (Word: word.Value, text.Place)))
            .ToLookup(found => found.Word, found => found.Place);
        words.Should().NotBeEmpty();
        var misspelled = FindMisspelled(words.Select(word => word.Key));
        string.Join(", ", misspelled.Select(word => $"{word} ({words[word].FirstOrDefault()})"))
            .Should().BeEmpty("a word is corrected, or added to dictionary.txt");
    }

    [Fact]
    public void A_misspelled_word_is_found() =>
        FindMisspelled(["checkpoint", "checkpiont", "behaviour"]).Should().Equal("checkpiont", "behaviour");

    [Fact]
    public void The_dictionary_is_sorted_and_has_every_word_once() =>
        File.ReadAllLines(Dictionary).Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();

    private static string[] FindMisspelled(IEnumerable<string> words)
    {
        var start = new ProcessStartInfo("hunspell", ["-d", "en_US", "-i", "UTF-8", "-l"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Start(start);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        foreach (var word in words.Distinct()) process.StandardInput.WriteLine(word);
        process.StandardInput.Close();
        process.WaitForExit();
        if (process.ExitCode != 0 || errors.Result.Contains("Can't open", StringComparison.Ordinal))
            Assert.Skip("hunspell has no dictionary en_US. Install it: ./run setup --spelling");
        var known = File.ReadAllLines(Dictionary).ToHashSet(StringComparer.OrdinalIgnoreCase);
        const StringSplitOptions Words = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        return [.. output.Result.Split('\n', Words).Distinct().Where(word => !known.Contains(word))];
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("hunspell is not installed. Install it: ./run setup --spelling");
            throw;
        }
    }

    // Words of two letters or more, in lower case or with a capital at the beginning: names and abbreviations are not checked.
    [GeneratedRegex(@"(?<![\p{L}\p{N}_/.'’-])\p{Lu}?\p{Ll}{2,}(?:['’]\p{Ll}+)?(?![\p{L}\p{N}_/])")]
    private static partial Regex WordPattern();
}
