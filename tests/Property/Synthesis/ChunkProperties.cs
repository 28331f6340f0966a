using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TurkishLlm.Spec.Synthesis;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tests.Property.Tokenization;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Property.Synthesis;

public sealed class ChunkProperties
{
    [Fact]
    public void SYN_01_coverage() => ChunkSpec.SYN01_Coverage.HoldsFor(Arb.From(
        from kind in Gen.Elements(".html", ".md", ".txt")
        from rows in Gen.Choose(12, 60)
        from most in Gen.Choose(80, 200)
        select new ChunkCase(kind, rows, most)), count: 40);

    [Fact]
    public void SYN_03_letters() => ChunkSpec.SYN03_Letters.HoldsFor(
        Arb.From(
            from words in Gen.Elements("ığ", "ŞÜ", "“çö”", "\n", "\t", "a\\b", "\"", "–", "²", "İ'yi", " ").NonEmptyListOf()
            select new TextCase("x" + string.Concat(words))));

    /// <summary>Pages of headings, paragraphs, lists, tables and code in any order, each with distinct words.</summary>
    private static Gen<(string Html, int Words)> Pages =>
        from parts in Gen.ListOf(Gen.Choose(0, 7), 30)
        from count in Gen.Choose(1, 30)
        select Page([.. parts.Take(count)]);

    [Fact]
    public void Every_word_of_a_page_is_in_exactly_one_chunk_as_its_own_and_in_order() =>
        Prop.ForAll(Arb.From(from page in Pages from most in Gen.Choose(30, 300) select (page, most)), c =>
    {
        var chunks = new Chunker(ReferenceRun.Conditions.Tokenizer, c.most).Split(
            DocumentationReader.Parse("a/b.html", c.page.Html));
        var own = string.Concat(chunks.Select(chunk => chunk.Text[chunk.Overlap..] + "\n"));
        var words = own.Split([' ', '\n', '|', '#', '`', '-', '.'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.StartsWith("söz", StringComparison.Ordinal))
            .ToArray();
        return words
            .SequenceEqual(Enumerable.Range(0, c.page.Words).Select(Word))
            .Label($"{words.Length} of {c.page.Words}: {own}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithQuietOnSuccess(true));

    [Property(Arbitrary = [typeof(UnicodeText)], MaxTest = 300, QuietOnSuccess = true)]
    public bool Any_text_is_chunked_without_loss(string text)
    {
        foreach (var name in (string[])["x.html", "x.md", "x.txt"])
            foreach (var page in DocumentationReader.Parse(name, text))
            {
                var chunks = new Chunker(ReferenceRun.Conditions.Tokenizer, 16).Split([page]);
                if (string.Concat(chunks.Select(chunk => page.Text.Substring(chunk.Offset, chunk.Length))) != page.Text)
                    return false;
            }
        return true;
    }

    private static string Word(int i) => FormattableString.Invariant($"söz{i}");

    private static (string, int) Page(int[] parts)
    {
        var (html, next) = (new StringBuilder("<main>"), 0);
        string W() => Word(next++);
        foreach (var part in parts)
            html.Append(part switch
            {
                0 => $"<h1>{W()}</h1>",
                1 => $"<h2>{W()} {W()}</h2>",
                2 => $"<h3 id='k{next}'>{W()}</h3>",
                3 => $"<ul><li>{W()}<ol><li>{W()}</li></ol></li><li>{W()}</li></ul>",
                4 => $"<table><tr><th>{W()}</th><th>{W()}</th></tr><tr><td>{W()}</td><td><code>{W()}</code></td></tr></table>",
                5 => $"<pre>{W()}\n{W()}</pre>",
                6 => $"<div>{W()}<p>{W()} <b>{W()}</b></p>{W()}</div>",
                _ => $"<p>{string.Join(' ', Enumerable.Range(0, 40).Select(_ => W()))}. {W()}</p>",
            });
        return (html.Append("</main>").ToString(), next);
    }
}
