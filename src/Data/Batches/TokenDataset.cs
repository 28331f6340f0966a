using System.Globalization;

namespace TurkishLlm.Data.Batches;

/// <summary>A directory of shards: the tokens to learn from and those kept for validation.</summary>
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

    /// <summary>Tokens to learn from.</summary>
    public TokenShard Train { get; }

    /// <summary>Tokens never learned from.</summary>
    public TokenShard Validation { get; }

    /// <summary>What the directory holds.</summary>
    public ShardManifest Manifest { get; }

    /// <summary>Opens a directory and checks every shard's header and length against the manifest. Contents: <see cref="Verify"/>.</summary>
    /// <param name="directory">A directory that the preparation of a corpus wrote.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    /// <exception cref="FileNotFoundException">The manifest or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or does not match the manifest.</exception>
    public static TokenDataset Open(string directory)
    {
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

    /// <summary>The tokens of a split.</summary>
    public TokenShard GetSplit(DataSplit split) => split == DataSplit.Train ? Train : Validation;

    /// <summary>Refuses to go on with another tokenizer than the one that made the shards: its ids would mean other text.</summary>
    /// <param name="hash">SHA-256 of the tokenizer in use.</param>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireTokenizer(string hash)
    {
        if (hash != Manifest.TokenizerHash)
            throw new InvalidDataException(
                $"The shards in {_directory} were made with tokenizer {Manifest.TokenizerHash}, but the tokenizer in use is {hash}. "
                + "Use the tokenizer the shards were made with, or prepare the data again with this one.");
    }

    /// <summary>Reads every shard completely: its SHA-256 must be the manifest's, and every id below the vocabulary size.</summary>
    /// <exception cref="InvalidDataException">A shard is damaged; the message names it.</exception>
    public void Verify(CancellationToken cancellationToken = default)
    {
        foreach (var split in Enum.GetValues<DataSplit>())
            GetSplit(split).Verify([.. Manifest.GetShards(split)], Manifest.VocabularySize, cancellationToken);
    }

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
                $"{Path.Combine(directory, unlisted)} is not in {ShardManifest.FileName}: it belongs to another data set. Move it away.");
    }

    private static InvalidDataException CreateMismatchException(string path, FormattableString has, FormattableString says) =>
        new(string.Create(CultureInfo.InvariantCulture,
            $"{path} has {FormattableString.Invariant(has)}, but {ShardManifest.FileName} says {FormattableString.Invariant(says)}. ")
            + ShardHeader.RecoveryHint);
}
