using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis;

/// <summary>The folder of a synthesis project: all files of one documentation, from chunks to training rows.</summary>
/// <param name="Location">Path of the folder.</param>
public sealed record SynthesisFolder(string Location)
{
    /// <summary>Where the chunks are from.</summary>
    public string Source => Path.Combine(Location, "documentation.json");

    /// <summary>The chunks.</summary>
    public string Chunks => Path.Combine(Location, "chunks.jsonl");

    /// <summary>The groups.</summary>
    public string Blueprint => Path.Combine(Location, "blueprint.json");

    /// <summary>All requests and replies.</summary>
    public string Journal => Path.Combine(Location, "journal.jsonl");

    /// <summary>The folder of fine-tuning rows.</summary>
    public string Rows => Path.Combine(Location, "sft");

    /// <summary>The statistics as an HTML page.</summary>
    public string ReportPage => Path.Combine(Location, "report.html");

    /// <summary>The statistics as Markdown.</summary>
    public string ReportText => Path.Combine(Location, "report.md");

    /// <summary>Reads the chunks and the groups and checks that they match.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">The chunks have changed since they were grouped.</exception>
    public (ChunkSet Chunks, Blueprint Blueprint) Open()
    {
        var chunks = ChunkFile.Read(Chunks);
        var blueprint = TurkishLlm.Synthesis.Grouping.Blueprint.Read(Blueprint);
        blueprint.Require(chunks);
        return (new(chunks), blueprint);
    }
}
