using System.Text.Json;
using TurkishLlm.Files;
using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>The groups of chunks that questions are about: <c>blueprint.json</c>.</summary>
/// <param name="Version">Version of the format.</param>
/// <param name="Chunks">The hash of its chunks, see <see cref="ChunkFile.ComputeHash"/>.</param>
/// <param name="MaxTokens">Maximum number of tokens of a group.</param>
/// <param name="Groups">The groups.</param>
public sealed record Blueprint(int Version, string Chunks, int MaxTokens, IReadOnlyList<ChunkGroup> Groups)
{
    private const int CurrentVersion = 1;

    /// <summary>Groups chunks.</summary>
    /// <param name="chunks">The chunks.</param>
    /// <param name="rules">Numbers of the rules to apply; null for all.</param>
    /// <param name="languages">Languages to include; null for all.</param>
    /// <param name="maxTokens">Maximum number of tokens of a group.</param>
    /// <exception cref="InvalidDataException">A rule does not exist, or there are no chunks to group.</exception>
    public static Blueprint Create(
        IReadOnlyList<Chunk> chunks,
        IReadOnlyCollection<int>? rules = null,
        IReadOnlyCollection<string>? languages = null,
        int maxTokens = GroupingRules.DefaultMaxTokens)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        foreach (var number in rules ?? [])
            if (GroupingRules.All.All(rule => rule.Number != number))
                throw new InvalidDataException(
                    FormattableString.Invariant($"The rule {number} does not exist; rules are 1 … {GroupingRules.All.Count}."));
        if (maxTokens < 1)
            throw new InvalidDataException(
                FormattableString.Invariant($"The maximum of {maxTokens} tokens per group is too small; ")
                + FormattableString.Invariant($"use at least 1, such as {GroupingRules.DefaultMaxTokens}."));
        var set = new ChunkSet(chunks.Where(chunk => languages is null || languages.Contains(chunk.Language)));
        if (set.All.Count == 0)
            throw new InvalidDataException(
                $"None of the {chunks.Count} chunks is in the language {string.Join(", ", languages ?? [])}.");
        return new(
            CurrentVersion,
            ChunkFile.ComputeHash(chunks), maxTokens,
            [
                .. GroupingRules.Group(
                    set,
                    GroupingRules.All.Where(rule => rules is null || rules.Contains(rule.Number)),
                    maxTokens),
            ]);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not a blueprint of this version.</exception>
    public static Blueprint Read(string file)
    {
        if (!File.Exists(file))
            throw new FileNotFoundException($"{file} does not exist. Create it with: turkishllm synth group", file);
        var blueprint = JsonText.Deserialize<Blueprint>(TextFile.ReadAllText(file), file);
        return blueprint.Version == CurrentVersion ? blueprint
            : throw new InvalidDataException(
                FormattableString.Invariant($"{file} has version {blueprint.Version}, but this program reads ")
                + FormattableString.Invariant($"{CurrentVersion}. Create it again with: turkishllm synth group"));
    }

    /// <summary>Writes the file atomically; an existing file is replaced.</summary>
    public void Write(string file) => AtomicFile.WriteLines(file, [JsonSerializer.Serialize(this, JsonText.IndentedOptions)]);

    /// <summary>Throws if the blueprint was not created from the given chunks.</summary>
    /// <exception cref="InvalidDataException">The chunks are different.</exception>
    public void Require(IReadOnlyList<Chunk> chunks)
    {
        if (ChunkFile.ComputeHash(chunks) != Chunks)
            throw new InvalidDataException(
                "The chunks have changed since the blueprint was created. Create it again with: turkishllm synth group");
    }
}
