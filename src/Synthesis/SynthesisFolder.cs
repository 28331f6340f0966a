using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis;

/// <summary>Where everything of one documentation lies, from chunks to rows.</summary>
/// <param name="Location">The folder.</param>
public sealed record SynthesisFolder(string Location)
{
    /// <summary>The chunks.</summary>
    public string Chunks => Path.Combine(Location, "chunks.jsonl");

    /// <summary>The groups.</summary>
    public string Blueprint => Path.Combine(Location, "blueprint.json");

    /// <summary>Everything asked and answered.</summary>
    public string Journal => Path.Combine(Location, "journal.jsonl");

    /// <summary>The rows for fine-tuning.</summary>
    public string Rows => Path.Combine(Location, "sft");

    /// <summary>Statistics as a page.</summary>
    public string ReportPage => Path.Combine(Location, "report.html");

    /// <summary>Statistics as text.</summary>
    public string ReportText => Path.Combine(Location, "report.md");

    /// <summary>Chunks and groups that belong together.</summary>
    /// <exception cref="FileNotFoundException">One of them is missing.</exception>
    /// <exception cref="InvalidDataException">The chunks have changed since they were grouped.</exception>
    public (ChunkSet Chunks, Blueprint Blueprint) Open()
    {
        var chunks = ChunkFile.Read(Chunks);
        var blueprint = TurkishLlm.Synthesis.Grouping.Blueprint.Read(Blueprint);
        blueprint.Require(chunks);
        return (new(chunks), blueprint);
    }
}
