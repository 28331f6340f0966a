using System.Globalization;

namespace TurkishLlm.Data;

/// <summary>What to prepare, and where.</summary>
/// <param name="Source">A UTF-8 text file or a directory of <c>*.txt</c> files, blank lines between documents.</param>
/// <param name="Output">The directory of shards to write. It appears whole or not at all.</param>
/// <param name="ValidationShare">Expected share of documents kept for validation: above 0, at most 0.5.</param>
/// <param name="MinimumCharacters">Documents of fewer characters (UTF-16 code units) are left out.</param>
/// <param name="MinimumTokens">Documents of fewer tokens, not counting their begin and end, are left out.</param>
/// <param name="Overwrite">Prepare again and replace an output that exists. Only a directory of shards is ever replaced.</param>
public sealed record CorpusOptions(
    string Source, string Output, double ValidationShare = 0.01, int MinimumCharacters = 20, int MinimumTokens = 5, bool Overwrite = false)
{
    /// <summary>A new shard begins when the next document would pass this many tokens (two bytes each).</summary>
    public long TokensPerShard { get; init; } = 128L << 20;

    /// <summary>How many threads encode. The output does not depend on it.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>The options that decide what the shards hold.</summary>
    internal ManifestOptions ForManifest() => new(ValidationShare, MinimumCharacters, MinimumTokens, TokensPerShard);

    /// <summary>Throws when an option is out of range; the message lists all that are.</summary>
    /// <exception cref="InvalidDataException">An option is out of range.</exception>
    internal void Check()
    {
        List<string> problems = [];
        if (!(ValidationShare is > 0 and <= 0.5))
            problems.Add(string.Create(CultureInfo.InvariantCulture,
                $"ValidationShare is {ValidationShare}; it must be above 0 and at most 0.5, such as 0.01."));
        AtLeast(0, MinimumCharacters, nameof(MinimumCharacters));
        AtLeast(1, MinimumTokens, nameof(MinimumTokens));
        AtLeast(1, TokensPerShard, nameof(TokensPerShard));
        AtLeast(1, Workers, nameof(Workers));
        if (problems.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, problems));

        void AtLeast(long least, long value, string name)
        {
            if (value < least)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it must be at least {least}."));
        }
    }
}
