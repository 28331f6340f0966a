using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Tests.Property.Synthesis;

/// <summary>
/// Generates documentation of any structure: modules, levels, parents, links, chains with cycles, shared tables, two languages.
/// </summary>
internal static class ChunkArbitraries
{
    public static Arbitrary<ChunkSet> Any { get; } = Arb.From(
        from pages in Gen.Choose(1, 14)
        from seed in Gen.Choose(0, 1_000_000)
        select new ChunkSet(Make(pages, new Random(seed))));

    private static IEnumerable<Chunk> Make(int pages, Random random)
    {
        var documents = Enumerable.Range(0, pages).Select(i => (
            Language: random.Next(5) == 0 ? "en" : "tr",
            Module: string.Create(CultureInfo.InvariantCulture, $"m{random.Next(3)}"), Sub: random.Next(3),
            Level: (PageLevel)random.Next(3), Index: i))
    .ToArray();
        foreach (var page in documents)
        {
            var document = Name(page);
            var head = random.Next(2) == 0;
            var next = random.Next(3) == 0 ? "" : Name(documents[random.Next(pages)]);
            var sections = random.Next(1, 5);
            for (var s = 0; s < sections; s++)
            {
                var under = s > 0 && random.Next(3) == 0;
                var links = Enumerable
                    .Range(0, random.Next(5))
                    .Select(_ => Name(documents[random.Next(pages)]))
                    .Where(link => link != document)
                    .Distinct();
                yield return new(
                    string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(document, null)}#b{s}"),
                    page.Module, random.Next(4) == 0 ? "Önkoşullar" : "Başlık",
                    $"Kök > {page.Module} > Sayfa > Başlık", page.Language, random.Next(1, 400), false, false, [], "metin")
                {
                    Document = document,
                    ModuleKey = page.Module,
                    Submodule = head
                        ? Path.GetFileNameWithoutExtension(document)
                        : string.Create(CultureInfo.InvariantCulture, $"p{page.Sub}"),
                    Level = page.Level,
                    IsHead = head,
                    Depth = under ? 3 : 2,
                    Parent = under
                        ? string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(document, null)}#b0")
                        : "",
                    Offset = 10 * s,
                    Links = [.. links],
                    NextDocument = next,
                    Tables = [.. new[] { "LOT", "MAKARA", "CARI_HAREKET" }.Where(_ => random.Next(3) == 0)],
                };
            }
        }
    }

    private static string Name((string Language, string Module, int Sub, PageLevel Level, int Index) page) =>
        string.Create(CultureInfo.InvariantCulture, $"{page.Language}/{page.Module}/s{page.Index}.html");
}
