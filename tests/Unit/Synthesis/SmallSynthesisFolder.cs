using System.Globalization;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>Creates a synthesis folder with a given number of chunks, each a group of its own.</summary>
internal static class SmallSynthesisFolder
{
    public static void Write(string folder, int groups)
    {
        var work = new SynthesisFolder(folder);
        ChunkFile.Write(work.Chunks, Enumerable.Range(0, groups).Select(Chunk));
        Blueprint.Create(ChunkFile.Read(work.Chunks), rules: [1]).Write(work.Blueprint);
    }

    /// <summary>Returns a reply about the chunk in a request: a question with its number, and an answer from its text.</summary>
    public static string Reply(string body)
    {
        var at = body.IndexOf("Raf numarası ", StringComparison.Ordinal) + "Raf numarası ".Length;
        var number = body[at..body.IndexOf(' ', at)];
        return $"{{\"pairs\":[{{\"type\":\"olgusal\",\"difficulty\":\"kolay\",\"question\":\"Raf numarası {number} "
            + $"olan yerde ne durur?\",\"answer\":\"Raf numarası {number} olan yerde çuval "
            + "durur.\",\"sources\":[\"K1\"]}]}";
    }

    private static Chunk Chunk(int i)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"tr/depo/raf{i}");
        var text = string.Create(
            CultureInfo.InvariantCulture, $"## Raf\n\nRaf numarası {1000 + i} olan yerde çuval durur ve ağırlığı ölçülür.");
        return new(name, "Depo", "Raf", "Telbis > Depo > Raf", "tr", 30, false, false, [], text)
        {
            Document = name + ".html",
            ModuleKey = "depo",
            Submodule = "raf",
            Level = PageLevel.Detail,
            Length = text.Length,
        };
    }
}
