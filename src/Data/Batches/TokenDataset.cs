using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>A directory of shards: the training split and the validation split.</summary>
/// <remarks>Spec: P47, P48, P49, DAT-06, DAT-32.</remarks>
public sealed class TokenDataset : IDisposable
{
    private readonly string _directory;

    private TokenDataset(string directory, ShardManifest manifest, TokenShard train, TokenShard validation)
    {
        _directory = directory;
        Manifest = manifest;
        Train = train;
        Validation = validation;
    }

    /// <summary>The training split.</summary>
    public TokenShard Train { get; }

    /// <summary>The held-out split.</summary>
    public TokenShard Validation { get; }

    /// <summary>Path of the directory.</summary>
    public string DirectoryPath => _directory;

    /// <summary>The manifest of the directory.</summary>
    public ShardManifest Manifest { get; }

    /// <summary>
    /// Opens a directory and checks the header and the size of every shard against the manifest. The contents are checked by
    /// <see cref="Verify"/>.
    /// </summary>
    /// <param name="directory">A directory written by the preparation of a corpus.</param>
    /// <exception cref="DirectoryNotFoundException">The directory does not exist.</exception>
    /// <exception cref="FileNotFoundException">The manifest or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not match the manifest.</exception>
    public static TokenDataset Open(string directory)
    {
        directory = ShardManifest.ResolveDirectory(directory);
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException(
                $"The data directory {directory} does not exist. Prepare it first: turkishllm data prepare.");
        var manifest = ShardManifest.Read(directory);
        RefuseUnlisted(directory, manifest);
        TokenShard? train = null, validation = null;
        try
        {
            train = OpenSplit(directory, manifest, DataSplit.Train);
            validation = OpenSplit(directory, manifest, DataSplit.Validation);
            return new(directory, manifest, train, validation);
        }
        catch
        {
            train?.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    /// <summary>Opens a directory of shards that were made with a given tokenizer.</summary>
    /// <inheritdoc cref="Open(string)"/>
    /// <param name="directory">A directory written by the preparation of a corpus.</param>
    /// <param name="tokenizerHash">Hash of the tokenizer.</param>
    public static TokenDataset Open(string directory, string tokenizerHash)
    {
        var opened = Open(directory);
        try
        {
            opened.RequireTokenizer(tokenizerHash);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Returns the tokens of a split.</summary>
    public TokenShard GetSplit(DataSplit split) => split == DataSplit.Train ? Train : Validation;

    /// <summary>
    /// Throws if a tokenizer is not the one that produced the shards, because its ids would represent other text.
    /// </summary>
    /// <param name="hash">SHA-256 of the current tokenizer.</param>
    /// <exception cref="InvalidDataException">The tokenizer is a different one.</exception>
    public void RequireTokenizer(string hash)
    {
        if (hash != Manifest.TokenizerHash)
            throw new InvalidDataException(
                $"The shards in {_directory} were created with tokenizer {Manifest.TokenizerHash}, but the "
                    + $"current tokenizer is {hash}. "
                + "Use the tokenizer of the shards, or prepare the data again with the current one.");
    }

    /// <summary>
    /// Reads every shard completely and checks its SHA-256 against the manifest and every id against the vocabulary size.
    /// </summary>
    /// <exception cref="InvalidDataException">A shard is damaged; the message names it.</exception>
    public void Verify(CancellationToken cancellationToken = default)
    {
        foreach (var (file, sha256) in GetFiles())
            if (file.FindDamage(sha256, Manifest.VocabularySize, cancellationToken) is { } damage)
                throw new InvalidDataException(damage);
    }

    /// <summary>Returns the files of both splits with their hashes in the manifest.</summary>
    internal IEnumerable<(ShardFile File, string Sha256)> GetFiles() =>
        Enum.GetValues<DataSplit>().SelectMany(split =>
            GetSplit(split).Files.Zip(Manifest.GetShards(split), (file, listed) => (file, listed.Sha256)));

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }

    private static TokenShard OpenSplit(string directory, ShardManifest manifest, DataSplit split)
    {
        var listed = manifest.GetShards(split).ToArray();
        var shard = TokenShard.Open([.. listed.Select(file => Path.Combine(directory, file.File))]);
        try
        {
            if (shard.Split != split)
                throw CreateMismatchException(shard.Paths[0], $"{shard.Split}", $"{split}");
            if (shard.TokenizerHash != manifest.TokenizerHash)
                throw CreateMismatchException(shard.Paths[0], $"tokenizer {shard.TokenizerHash}", $"{manifest.TokenizerHash}");
            foreach (var (path, header, entry) in shard.Paths.Zip(shard.Headers, listed))
                if (header.Count != entry.Tokens)
                    throw CreateMismatchException(path, $"{header.Count} tokens", $"{entry.Tokens}");
            return shard;
        }
        catch
        {
            shard.Dispose();
            throw;
        }
    }

    private static void RefuseUnlisted(string directory, ShardManifest manifest)
    {
        var unlisted = Directory.EnumerateFiles(directory, "*.tokens").Select(Path.GetFileName)
            .Except(manifest.Shards.Select(shard => shard.File)).Order(StringComparer.Ordinal).FirstOrDefault();
        if (unlisted is not null)
            throw new InvalidDataException(
                $"{Path.Combine(directory, unlisted)} is not listed in {ShardManifest.FileName}: it belongs "
                    + "to another data set. Move it to another folder.");
    }

    private static InvalidDataException CreateMismatchException(string path, FormattableString has, FormattableString says) =>
        new(string.Create(CultureInfo.InvariantCulture,
            $"{path} has {FormattableString.Invariant(has)}, but {ShardManifest.FileName} has "
                + $"{FormattableString.Invariant(says)}. ") + ShardHeader.RecoveryHint);
}
