using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The documentation of the fictional factory, read once.</summary>
internal static class ErpDocumentation
{
    public static string Folder { get; } = Path.Combine(ReferenceRun.Fixtures, "erp");

    public static string Replies { get; } = Path.Combine(ReferenceRun.Fixtures, "synthesis", "replies.jsonl");

    public static Lazy<Tokenizer> Tokenizer { get; } =
        new(() => TurkishLlm.Tokenization.Tokenizer.Load(Path.Combine(ReferenceRun.Fixtures, "tokenizer")));

    private static readonly Lazy<IReadOnlyList<Page>> LazyPages = new(() => DocumentationReader.Read(Folder));
    private static readonly Lazy<ChunkSet> LazyChunks = new(() => new(new Chunker(Tokenizer.Value).Split(LazyPages.Value)));

    public static IReadOnlyList<Page> Pages => LazyPages.Value;

    public static ChunkSet Chunks => LazyChunks.Value;

    public static Page Page(string document) => Pages.Single(page => page.Document == document);
}
