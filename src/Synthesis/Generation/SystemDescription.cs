using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// Derives a short Turkish description of the documented system from its chunks. A hand-written description is better.
/// </summary>
public static class SystemDescription
{
    /// <summary>Creates the description, with the name of the system and its modules.</summary>
    public static string Create(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var language = chunks.All.Any(chunk => chunk.Language == "tr") ? "tr" : chunks.All[0].Language;
        var modules = chunks
            .All.Where(chunk => chunk.Language == language)
            .Select(chunk => chunk.Module)
            .Where(module => module.Length > 0)
            .Distinct()
            .ToArray();
        var name = FindName(chunks);
        return $"Belgeler {(name.Length > 0 ? $"{name} adlı" : "bir")} yazılım sistemini anlatır. "
            + FormattableString.Invariant($"Sistemin {modules.Length} modülü vardır: {string.Join(", ", modules)}. ")
            + "Kullanıcıları bu modüllerde çalışan görevliler, uzmanlar ve yöneticilerdir.";
    }

    /// <summary>Returns the common first step of all breadcrumbs; empty if they differ.</summary>
    public static string FindName(ChunkSet chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var roots = chunks.All.Select(chunk => chunk.Breadcrumb.Split(" > ")[0]).Distinct().Take(2).ToArray();
        return roots is [var root] ? root : "";
    }
}
