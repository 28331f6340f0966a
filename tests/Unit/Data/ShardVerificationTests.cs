using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Files;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>The gate compares every shard with its hash, and reads only once what does not change.</summary>
public sealed class ShardVerificationTests : IDisposable
{
    private readonly TemporaryDirectory _here = new();
    private readonly string _shards;

    public ShardVerificationTests()
    {
        var corpus = _here.Write("corpus.txt", SmallCorpus.Text(SmallCorpus.Documents(0, 80)));
        _shards = _here["shards"];
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(corpus, _shards, validationShare: 0.2) { TokensPerShard = 1000 });
    }

    private long AllBytes => Directory.EnumerateFiles(_shards, "*.tokens").Sum(file => new FileInfo(file).Length);

    private string Shard => Path.Combine(_shards, "train-00001.tokens");

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Says_how_many_bytes_were_verified_and_reads_them_once()
    {
        var (first, second) = (Verify(), Verify());
        first.Should().BeEquivalentTo(new ShardVerification(
            Directory.EnumerateFiles(_shards, "*.tokens").Count(), AllBytes, AllBytes, []));
        second.Should().BeEquivalentTo(first with { BytesRead = 0 });
    }

    [Fact]
    public void Names_the_damaged_file_and_both_hashes()
    {
        Verify();
        var before = FileDigest.Compute(Shard);
        Flip(Shard);
        var found = Verify();
        found.BytesRead.Should().Be(new FileInfo(Shard).Length);
        found.Damage.Should().Equal(
            $"{Shard} is damaged: its SHA-256 is {FileDigest.Compute(Shard)}, but the manifest has {before}. "
                + "Prepare the data again, or copy it again from its source.");
        Verify().Damage.Should().HaveCount(1, "damage is not remembered as verified");
    }

    [Fact]
    public void Notices_a_change_with_its_time_set_back()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux reports the time of the last change of the attributes.");
        Verify();
        var time = File.GetLastWriteTimeUtc(Shard);
        Flip(Shard);
        File.SetLastWriteTimeUtc(Shard, time);
        Verify().Damage.Should().HaveCount(1);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"train-00001.tokens\": null}")]
    [InlineData("[]")]
    public void Reads_again_if_the_cache_is_damaged(string cache)
    {
        Verify();
        File.WriteAllText(Directory.EnumerateFiles(_here["cache"], "*.json", SearchOption.AllDirectories).Single(), cache);
        Verify().BytesRead.Should().Be(AllBytes);
        Verify().BytesRead.Should().Be(0);
    }

    [Fact]
    public void Reads_each_time_if_no_cache_can_be_written()
    {
        _here.Write("cache", "a file in the place of the folder");
        Verify().BytesRead.Should().Be(AllBytes);
        Verify().BytesRead.Should().Be(AllBytes);
    }

    [Fact]
    public void Exchanged_shards_are_found()
    {
        Verify();
        var (a, b) = (Shard, Path.Combine(_shards, "train-00000.tokens"));
        var manifest = Path.Combine(_shards, "manifest.json");
        var (first, second) = (FileDigest.Compute(a), FileDigest.Compute(b));
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(first, "X", StringComparison.Ordinal)
            .Replace(second, first, StringComparison.Ordinal).Replace("X", second, StringComparison.Ordinal));
        Verify().Damage.Should().HaveCount(2);
    }

    private static void Flip(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^2] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private ShardVerification Verify()
    {
        using var data = TokenDataset.Open(_shards);
        return ShardVerification.Verify(data, threads: 2, cacheFolder: _here["cache"]);
    }
}
