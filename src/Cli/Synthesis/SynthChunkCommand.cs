using System.CommandLine;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Cli.Synthesis;

/// <summary><c>turkishllm synth chunk</c></summary>
internal static class SynthChunkCommand
{
    /// <summary>Folder of the small tokenizer that is bundled with the program.</summary>
    public static string DefaultTokenizer => Path.Combine(AppContext.BaseDirectory, "fixtures", "tokenizer");

    public static Command Create(Display display)
    {
        var source = new Argument<string>("documentation") { Description = "Folder of .html, .md and .txt pages, or one page." };
        var output = new Option<string>("--output", "-o") { Description = "Synthesis folder to create.", Required = true };
        var tokenizer = new Option<string>("--tokenizer", "-t")
        {
            Description =
                "Tokenizer folder for counting tokens (default: a bundled tokenizer of 2,048 tokens, which "
                + "counts about "
                + "twice as many).",
        };
        var maxTokens = new Option<int>("--max-tokens")
        {
            Description = "Maximum length of a chunk, in tokens.", DefaultValueFactory = _ => Chunker.DefaultMaxTokens,
        };
        var command = new Command("chunk", "Split documentation into chunks at its headings.")
        {
            source, output, tokenizer, maxTokens,
        };
        command.SetAction(parsed =>
        {
            Run(
                display, parsed.GetRequiredValue(source), new(parsed.GetRequiredValue(output)),
                parsed.GetValue(tokenizer) ?? DefaultTokenizer,
                parsed.GetValue(maxTokens));
        });
        return command;
    }

    public static void Run(Display display, string source, SynthesisFolder work, string tokenizer, int maxTokens)
    {
        var chunker = new Chunker(TokenizerFolder.Load(tokenizer), maxTokens);
        var content = DocumentationReader.ReadContent(source);
        var chunks = chunker.Split(content.Pages);
        ChunkFile.Write(work.Chunks, chunks);
        new SynthesisSource(
            Path.GetFullPath(source), tokenizer == DefaultTokenizer ? null : Path.GetFullPath(tokenizer)).Write(work.Source);
        display.WriteLine(Describe(content));
        display.WriteTable(
            ["module", "language", "pages", "chunks", "tokens", "mean", "tables", "code"],
            chunks
                .GroupBy(chunk => (chunk.Language, chunk.ModuleKey))
                .OrderByDescending(module => module.Key.Language, StringComparer.Ordinal)
                .ThenBy(module => module.Key.ModuleKey, StringComparer.Ordinal)
                .Select(module => Row(module.First().Module, module.Key.Language, [.. module])).Append(Row("all", "", chunks)));
        display.WriteLine($"→ {Format.RelativePaths(work.Chunks)}");
    }

    // "62 pages of 60 files; 4 files skipped: 2 hidden, 1 README.md, 1 of another type (.css)"
    private static string Describe(DocumentationContent content)
    {
        var read = $"{Format.Count(content.Pages.Count, "page")} of {Format.Count(content.FileCount, "file")}";
        if (content.Skipped.Count == 0) return read;
        var reasons = content.Skipped
            .GroupBy(skipped => skipped.Reason)
            .OrderBy(reason => reason.Key)
            .Select(reason => Describe(reason.Key, [.. reason.Select(skipped => skipped.File)]));
        return $"{read}; {Format.Count(content.Skipped.Count, "file")} skipped: {string.Join(", ", reasons)}";
    }

    private static string Describe(SkipReason reason, string[] files)
    {
        const int named = 3;
        return reason switch
        {
            SkipReason.Hidden => $"{Format.Count(files.Length)} hidden",
            SkipReason.Readme => $"{Format.Count(files.Length)} README.md",
            SkipReason.Navigation => $"{Format.Count(files.Length)} for navigation ({Names(files, named)})",
            SkipReason.Empty => $"{Format.Count(files.Length)} without text ({Names(files, named)})",
            _ => $"{Format.Count(files.Length)} of other types ({Names(Extensions(files), int.MaxValue)})",
        };

        static string Names(string[] names, int most) =>
            string.Join(", ", names.Take(most)) + (names.Length > most ? ", …" : "");

        static string[] Extensions(string[] files) =>
        [
            .. files.Select(Path.GetExtension)
                .Select(ending => ending is { Length: > 0 } ? ending.ToLowerInvariant() : "no extension")
                .CountBy(ending => ending, StringComparer.Ordinal)
                .OrderByDescending(count => count.Value)
                .ThenBy(count => count.Key, StringComparer.Ordinal)
                .Select(count => count.Key)
                .Take(8),
        ];
    }

    private static IReadOnlyList<string> Row(string module, string language, IReadOnlyList<Chunk> chunks) =>
    [
        module,
        language,
        Format.Count(chunks.Select(chunk => chunk.Document).Distinct().Count()),
        Format.Count(chunks.Count),
        Format.Count(chunks.Sum(chunk => (long)chunk.TokenCount)),
        Format.Invariant($"{chunks.Average(chunk => chunk.TokenCount):F0}"),
        Format.Count(chunks.Count(chunk => chunk.HasTable)),
        Format.Count(chunks.Count(chunk => chunk.HasCode)),
    ];
}
