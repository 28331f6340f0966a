using FluentAssertions;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>
/// Tokenizers of every split rule that llama.cpp has: its ids are ours on all lines of the fixture text, on the adversarial
/// texts of the requirements, and around every character of Unicode.
/// </summary>
public sealed class SplitRuleIdTests
{
    private const int CodePointsPerText = 2048;

    private static readonly string[] Documents =
    [
        .. Directory.EnumerateFiles(Path.Combine(ReferenceRun.Fixtures, "text"), "*.txt")
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText),
    ];

    internal static readonly string[] Texts =
    [
        .. Documents.SelectMany(document => document.Split('\n')),
        .. Documents,
        .. SplitRuleSpec.Tok10_ScannerIsTheExpression.CanonicalCases.Select(c => c.Text).Distinct(),
        .. SplitRuleSpec.Tok44_CaseAsInLlamaCpp.CanonicalCases.Select(c => c.Text).Distinct(),
        "", " ", "  ", "a  ", "\n", " \n ", "'", "'s", "'S", "''s", " 's", "5's", "'re", "'rE", "İ's", "a\u2028b\u3000c\u1680d",
    ];

    public static TheoryData<string> Rules() =>
        [.. SplitRule.All.Where(rule => rule.LlamaCppName is not null).Select(rule => rule.Name)];

    [Theory, MemberData(nameof(Rules))]
    public void Every_text_has_the_ids_of_llama_cpp(string name)
    {
        LlamaBackend.SkipUnlessAvailable();
        var (tokenizer, theirs) = Open(name);
        using var opened = theirs;
        foreach (var text in Texts.Select(ReplaceLoneSurrogates))
            tokenizer.EncodeToIds(text).Should().Equal(theirs.Encode(text), "{0}: {1}", name, text);
    }

    [Theory, MemberData(nameof(Rules))]
    public void Every_character_has_the_category_of_llama_cpp(string name)
    {
        LlamaBackend.SkipUnlessAvailable();
        var (tokenizer, theirs) = Open(name);
        using var opened = theirs;
        foreach (var around in (string[])["k{0}k", "9{0}9", "{0} {0}K", "-{0}\n-"])
            foreach (var characters in GetAssignedCodePoints().Chunk(CodePointsPerText))
            {
                var text = string.Concat(
                    characters.Select(c => around.Replace("{0}", char.ConvertFromUtf32(c), StringComparison.Ordinal)));
                tokenizer.EncodeToIds(text).Should().Equal(
                    theirs.Encode(text), "{0}, {1}, U+{2:X} … U+{3:X}", name, around, characters[0], characters[^1]);
            }
    }

    [Fact]
    public void The_comparison_notices_another_rule()
    {
        LlamaBackend.SkipUnlessAvailable();
        foreach (var rule in SplitRule.All.Where(rule => rule.LlamaCppName is not null))
        {
            var tokenizer = Train(rule);
            var other = SplitRule.All.First(other => other.LlamaCppName is not null && other != rule);
            using var theirs = new LlamaVocabulary(tokenizer, other.LlamaCppName!);
            Texts.Select(ReplaceLoneSurrogates).Count(text => !tokenizer.EncodeToIds(text).SequenceEqual(theirs.Encode(text)))
                .Should().BeGreaterThan(10, "{0} is not {1}", rule, other);
        }
    }

    private static (Tokenizer Ours, LlamaVocabulary Theirs) Open(string name)
    {
        var tokenizer = Train(SplitRule.Find(name)!);
        return (tokenizer, new LlamaVocabulary(tokenizer, tokenizer.Split.LlamaCppName!));
    }

    internal static Tokenizer Train(SplitRule rule) => BytePairTrainer.Train(Documents, 2048, split: rule);

    // UTF-8 cannot pass them on.
    internal static string ReplaceLoneSurrogates(string text) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));

    // The planes that have assigned characters; the rest is private or unassigned.
    private static IEnumerable<int> GetAssignedCodePoints() =>
        Enumerable.Range(1, 0xE01F0).Where(c => c is < 0xD800 or >= 0xE000 and < 0x32400 or >= 0xE0000);
}
