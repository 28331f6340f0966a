using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Tests.Unit.Data;

[Trait("Suite", "Fast")]
public sealed class TokenDatasetTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();
    private readonly string _shards;

    public TokenDatasetTests()
    {
        var corpus = _here.Write("corpus.txt", SmallCorpus.Text(SmallCorpus.Documents(0, 80)));
        _shards = _here["shards"];
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(corpus, _shards, validationShare: 0.2) { TokensPerShard = 1000 });
    }

    public void Dispose() => _here.Dispose();

    private string Manifest => Path.Combine(_shards, "manifest.json");

    [Fact]
    public void Opens_what_was_prepared()
    {
        using var data = TokenDataset.Open(_shards);
        data.Verify();
        data.RequireTokenizer(SmallCorpus.Tokenizer.Hash);
        data.Train.Paths.Should().HaveCountGreaterThan(1);
        data.Train.Count.Should().Be(data.Manifest.CountTokens(DataSplit.Train));
        (data.Manifest.CountDocuments(DataSplit.Train) + data.Manifest.CountDocuments(DataSplit.Validation)).Should().Be(80);
        data.Validation.Count.Should().Be(data.Manifest.CountTokens(DataSplit.Validation)).And.BePositive();
    }

    [Fact]
    public void Refuses_another_tokenizer()
    {
        using var data = TokenDataset.Open(_shards);
        var require = () => data.RequireTokenizer(SmallCorpus.OtherTokenizer.Hash);
        require.Should().Throw<InvalidDataException>().WithMessage(
            $"The shards in {_shards} were created with tokenizer {SmallCorpus.Tokenizer.Hash}, but the "
                + $"current tokenizer is {SmallCorpus.OtherTokenizer.Hash}. "
            + "Use the tokenizer of the shards, or prepare the data again with the current one.");
    }

    [Fact]
    public void Refuses_a_missing_directory()
    {
        var open = () => TokenDataset.Open(_here["yok"]);
        open.Should().Throw<DirectoryNotFoundException>().WithMessage(
            $"The data directory {_here["yok"]} does not exist. Prepare it first: turkishllm data prepare.");
    }

    [Fact]
    public void Refuses_a_directory_without_manifest()
    {
        File.Delete(Manifest);
        var open = () => TokenDataset.Open(_shards);
        open.Should()
            .Throw<FileNotFoundException>()
            .WithMessage($"{_shards} has no manifest.json, so it is not a complete directory of shards.*");
    }

    [Theory]
    [InlineData("\"format_version\": 3", "\"format_version\": 4", "format_version is 4; this program reads 3.")]
    [InlineData("\"format_version\": 3,", "", "*it lacks format_version.*")]
    [InlineData("\"format_version\": 3,", "\"format_version\": 3, \"extra\": 3,", "*the key extra is unknown.*")]
    [InlineData("\"format_version\": 3,", "\"format_version\": 3, \"format_version\": 3,", "*'format_version'*")]
    [InlineData("\"vocabulary_size\": 300", "\"vocabulary_size\": 65537", "vocabulary_size is 65537; it must be 1 to 65536.")]
    [InlineData("train-00001.tokens", "", "shard file \"\" is not a plain file name.")]
    [InlineData(
        "\"tokenizer_hash\": \"",
        "\"tokenizer_hash\": \"0",
        "tokenizer_hash is \"0*a SHA-256 is 64 lower-case hexadecimal digits.")]
    [InlineData("\"split\": \"validation\"", "\"split\": \"train\"", "it lists no Validation shard; both splits are required.")]
    [InlineData("\"split\": \"validation\"", "\"split\": 2", "shards[4].split has the wrong type.")]
    [InlineData("train-00001.tokens", "../train-00001.tokens", "shard file \"../train-00001.tokens\" is not a plain file name.")]
    [InlineData("train-00001.tokens", "train-00000.tokens", "a shard file is listed twice.")]
    [InlineData("train-00001.tokens", "train-00077.tokens", "is not listed in manifest.json: it belongs to another data set.")]
    [InlineData("}", "", "is not a manifest of shards:")]
    public void Refuses_a_manifest_that_was_changed(string from, string to, string message)
    {
        var text = File.ReadAllText(Manifest);
        text.Should().Contain(from);
        File.WriteAllText(Manifest, text.Replace(from, to, StringComparison.Ordinal));
        var open = () => TokenDataset.Open(_shards);
        open.Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
    }

    [Fact]
    public void Refuses_a_token_count_that_is_not_the_file_s()
    {
        var shard = ShardManifest.Read(_shards).Shards[0];
        Replace($"\"tokens\": {shard.Tokens}", $"\"tokens\": {shard.Tokens - 1}");
        var open = () => TokenDataset.Open(_shards);
        open.Should().Throw<InvalidDataException>().WithMessage(
            $"*train-00000.tokens has {shard.Tokens} tokens, but manifest.json has {shard.Tokens - 1}.*");
    }

    [Fact]
    public void Opens_with_the_largest_vocabulary()
    {
        Replace("\"vocabulary_size\": 300", "\"vocabulary_size\": 65536");
        using var data = TokenDataset.Open(_shards);
        data.Manifest.VocabularySize.Should().Be(65_536);
    }

    [Fact]
    public void Refuses_numbers_that_no_shard_can_have()
    {
        var (text, manifest) = (File.ReadAllText(Manifest), ShardManifest.Read(_shards));
        var shard = manifest.Shards[0];
        Refuses(
            manifest.TokenizerHash, manifest.TokenizerHash[..63] + "g",
            "tokenizer_hash is *g\"; a SHA-256 is 64 lower-case hexadecimal digits.");
        Refuses(
            shard.Sha256, shard.Sha256[..63] + "g",
            "sha256 of train-00000.tokens is *g\"; a SHA-256 is 64 lower-case hexadecimal digits.");
        Refuses(
            $"\"tokens\": {shard.Tokens}", "\"tokens\": 0",
            "train-00000.tokens has 0 tokens in * documents; both must be above 0.");
        Refuses(
            $"\"documents\": {shard.Documents}", "\"documents\": 0",
            "train-00000.tokens has * tokens in 0 documents; both must be above 0.");

        void Refuses(string from, string to, string message)
        {
            File.WriteAllText(Manifest, text.Replace(from, to, StringComparison.Ordinal));
            var open = () => TokenDataset.Open(_shards);
            open.Should().Throw<InvalidDataException>().WithMessage($"*{message}*");
        }
    }

    [Fact]
    public void Refuses_a_tokenizer_that_is_not_the_shards()
    {
        var hash = ShardManifest.Read(_shards).TokenizerHash;
        Replace(hash, SmallCorpus.OtherTokenizer.Hash);
        var open = () => TokenDataset.Open(_shards);
        open.Should().Throw<InvalidDataException>().WithMessage(
            $"*train-00000.tokens has tokenizer {hash}, but manifest.json has {SmallCorpus.OtherTokenizer.Hash}.*");
    }

    [Fact]
    public void Refuses_splits_that_were_swapped()
    {
        var text = File.ReadAllText(Manifest).Replace("\"train\"", "\"x\"", StringComparison.Ordinal)
            .Replace("\"validation\"", "\"train\"", StringComparison.Ordinal)
            .Replace("\"x\"", "\"validation\"", StringComparison.Ordinal);
        File.WriteAllText(Manifest, text);
        var open = () => TokenDataset.Open(_shards);
        open.Should().Throw<InvalidDataException>().WithMessage("*has Validation, but manifest.json has Train.*");
    }

    [Fact]
    public void Refuses_a_shard_that_is_not_listed()
    {
        File.Copy(Path.Combine(_shards, "train-00000.tokens"), Path.Combine(_shards, "train-99999.tokens"));
        var open = () => TokenDataset.Open(_shards);
        open.Should()
            .Throw<InvalidDataException>()
            .WithMessage(
                "*train-99999.tokens is not listed in manifest.json: it belongs to another data set. Move it to "
                    + "another folder.");
    }

    [Fact]
    public void Refuses_a_missing_shard_file()
    {
        File.Delete(Path.Combine(_shards, "validation-00000.tokens"));
        var open = () => TokenDataset.Open(_shards);
        open.Should().Throw<FileNotFoundException>().WithMessage("*validation-00000.tokens does not exist.*");
    }

    [Fact]
    public void Verify_finds_one_changed_bit()
    {
        var path = Path.Combine(_shards, "train-00001.tokens");
        var bytes = File.ReadAllBytes(path);
        bytes[^200] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var data = TokenDataset.Open(_shards);
        var verify = () => data.Verify();
        verify
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{path} is damaged: its SHA-256 is *, but the manifest has {data.Manifest.Shards[1].Sha256}.*");
    }

    [Fact]
    public void Verify_finds_an_id_outside_the_vocabulary()
    {
        var path = Path.Combine(_shards, "train-00000.tokens");
        var bytes = File.ReadAllBytes(path);
        (bytes[64 + 2 * 37], bytes[65 + 2 * 37]) = (0x2C, 0x01);
        File.WriteAllBytes(path, bytes);
        using var data = TokenDataset.Open(_shards);
        var verify = () => data.Verify();
        verify.Should().Throw<InvalidDataException>().WithMessage($"{path}: token 37 is id 300, outside the vocabulary of 300.*");
    }

    private void Replace(string from, string to) =>
        File.WriteAllText(Manifest, File.ReadAllText(Manifest).Replace(from, to, StringComparison.Ordinal));
}
