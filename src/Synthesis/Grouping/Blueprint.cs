using System.Text.Json;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Which groups questions are asked about: <c>blueprint.json</c>.</summary>
/// <param name="Version">Version of the format.</param>
/// <param name="Chunks">What <see cref="ChunkFile.ComputeHash"/> says of the chunks that it was made for.</param>
/// <param name="MaxTokens">Most tokens of a group.</param>
/// <param name="Groups">The groups.</param>
public sealed record Blueprint(int Version, string Chunks, int MaxTokens, IReadOnlyList<ChunkGroup> Groups)
{
    private const int CurrentVersion = 1;

    /// <summary>Groups chunks.</summary>
    /// <param name="chunks">The chunks.</param>
    /// <param name="rules">Numbers of the rules; null for all.</param>
    /// <param name="languages">Languages; null for all.</param>
    /// <param name="maxTokens">Most tokens of a group.</param>
    /// <exception cref="InvalidDataException">There is no rule of a number, or there is nothing to group.</exception>
    public static Blueprint Create(IReadOnlyList<Chunk> chunks, IReadOnlyCollection<int>? rules = null, IReadOnlyCollection<string>? languages = null, int maxTokens = GroupingRules.DefaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        foreach (var number in rules ?? [])
            if (GroupingRules.All.All(rule => rule.Number != number)) throw new InvalidDataException(FormattableString.Invariant($"There is no rule {number}; they are 1 … {GroupingRules.All.Count}."));
        if (maxTokens < 1) throw new InvalidDataException(FormattableString.Invariant($"A group of {maxTokens} tokens holds nothing; such as {GroupingRules.DefaultMaxTokens}."));
        var set = new ChunkSet(chunks.Where(chunk => languages is null || languages.Contains(chunk.Language)));
        if (set.All.Count == 0) throw new InvalidDataException($"None of {chunks.Count} chunks is in the language {string.Join(", ", languages ?? [])}.");
        return new(
            CurrentVersion, ChunkFile.ComputeHash(chunks), maxTokens, [.. GroupingRules.Group(set, GroupingRules.All.Where(rule => rules is null || rules.Contains(rule.Number)), maxTokens)]);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is not a blueprint of this version.</exception>
    public static Blueprint Read(string file)
    {
        if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing. Make it with: synth group", file);
        var blueprint = JsonText.Deserialize<Blueprint>(File.ReadAllText(file), file);
        return blueprint.Version == CurrentVersion ? blueprint
            : throw new InvalidDataException(FormattableString.Invariant($"{file} has version {blueprint.Version}, but this program reads {CurrentVersion}. Make it again with: synth group"));
    }

    /// <summary>Writes the file; one that is there is replaced when the new one is complete.</summary>
    public void Write(string file) => TextFile.WriteLines(file, [JsonSerializer.Serialize(this, JsonText.IndentedOptions)]);

    /// <summary>Refuses chunks that it was not made for.</summary>
    /// <exception cref="InvalidDataException">They are others.</exception>
    public void Require(IReadOnlyList<Chunk> chunks)
    {
        if (ChunkFile.ComputeHash(chunks) != Chunks) throw new InvalidDataException("The chunks have changed since the blueprint was made. Make it again with: synth group");
    }
}
