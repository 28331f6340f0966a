using System.Globalization;
using FluentAssertions;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tests.Unit.Data;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Damaged shards and manifests are refused with a sentence that names the file.</summary>
public sealed class ShardFuzzTests : IDisposable
{
    private static readonly int Count = int.TryParse(
        Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var set)
        ? set
        : 300;

    private readonly TemporaryDirectory _here = new();
    private readonly string _shards;

    public ShardFuzzTests()
    {
        var corpus = _here.Write("corpus.txt", SmallCorpus.Text(SmallCorpus.Documents(0, 60)));
        _shards = _here["shards"];
        CorpusPreparation.Prepare(SmallCorpus.Tokenizer, new(corpus, _shards, validationShare: 0.2) { TokensPerShard = 1000 });
    }

    public void Dispose() => _here.Dispose();

    [Theory]
    [InlineData("train-00000.tokens", 1)]
    [InlineData("validation-00000.tokens", 2)]
    public void A_damaged_shard_is_found(string name, ulong seed)
    {
        var file = Path.Combine(_shards, name);
        var intact = File.ReadAllBytes(file);
        var mutator = new InputMutator([intact], seed, "TRTOKENS");
        for (var i = 0; i < Count; i++)
        {
            var damaged = mutator.Next();
            File.WriteAllBytes(file, damaged);
            FindDamage().Should().Match(
                damage => damaged.SequenceEqual(intact) ? damage == null : damage != null && damage.Contains(file),
                "input {0}", i);
        }
    }

    [Fact]
    public void A_damaged_manifest_is_refused_or_describes_the_same_shards()
    {
        var file = Path.Combine(_shards, ShardManifest.FileName);
        var intact = ShardManifest.Read(_shards);
        var mutator = new InputMutator(
            [File.ReadAllBytes(file)], seed: 3, "\"sha256\": \"", "train-00000.tokens", "\"format_version\": 3,");
        for (var i = 0; i < Count; i++)
        {
            File.WriteAllBytes(file, mutator.Next());
            if (FindDamage() is { } damage) damage.Should().Contain(_shards, "input {0}", i);
            else
                ShardManifest.Read(_shards).Shards.Select(shard => (shard.File, shard.Split, shard.Tokens, shard.Sha256))
                    .Should().Equal(intact.Shards.Select(shard => (shard.File, shard.Split, shard.Tokens, shard.Sha256)));
        }
    }

    private string? FindDamage()
    {
        try
        {
            using var data = TokenDataset.Open(_shards);
            return ShardVerification.Verify(data, threads: 1) is { Holds: false } found ? string.Join('\n', found.Damage) : null;
        }
        catch (Exception error) when (error is InvalidDataException or FileNotFoundException)
        {
            return error.Message;
        }
    }
}
