using FluentAssertions;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Tests.Unit.Data;

[Trait("Suite", "Fast")]
public sealed class TokenShardTests : IDisposable
{
    private static readonly string Hash = string.Concat(Enumerable.Range(0, 32).Select(i => $"{i * 7 + 3:x2}"));

    private readonly TemporaryDirectory _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public void Writes_the_documented_layout()
    {
        var file = Write("a.tokens", DataSplit.Validation, 65_536, 0x1234, 65_535, 7);

        File.ReadAllBytes(file).Should().Equal([
            .. "TRTOKENS"u8, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
            .. Convert.FromHexString(Hash), 2, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0xFF, 0xFF, 7, 0]);
    }

    [Fact]
    public void Reads_back_every_id_that_fits()
    {
        var ids = Enumerable.Range(0, 65_536).ToArray();
        using var shard = TokenShard.Open(Write("a.tokens", DataSplit.Train, 65_536, ids));

        Read(shard, 0, 65_536).Should().Equal(ids);
        (shard.Count, shard.Split, shard.TokenizerHash).Should().Be((65_536L, DataSplit.Train, Hash));
    }

    [Fact]
    public void Reads_across_file_borders()
    {
        using var shard = TokenShard.Open(
            Write("0", DataSplit.Train, 99, 10, 11, 12), Write("1", DataSplit.Train, 99),
            Write("2", DataSplit.Train, 99, 13), Write("3", DataSplit.Train, 99, 14, 15));

        Read(shard, 0, 6).Should().Equal(10, 11, 12, 13, 14, 15);
        Read(shard, 2, 3).Should().Equal(12, 13, 14);
        Read(shard, 3, 1).Should().Equal(13);
        Read(shard, 5, 1).Should().Equal(15);
        Read(shard, 6, 0).Should().BeEmpty();
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(5, 2)]
    [InlineData(6, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Refuses_to_read_tokens_that_do_not_exist(long position, int count)
    {
        using var shard = TokenShard.Open(Write("0", DataSplit.Train, 99, 1, 2, 3), Write("1", DataSplit.Train, 99, 4, 5, 6));
        var read = () => shard.Read(position, new ushort[count]);
        read.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*the shard has the tokens 0 to 5.*");
    }

    [Theory]
    [InlineData(65_536, 65_536)]
    [InlineData(65_536, -1)]
    [InlineData(64_000, 64_000)]
    [InlineData(64_000, 65_535)]
    [InlineData(300, 65_837)]
    public void Refuses_an_id_outside_the_vocabulary_and_writes_none_of_its_neighbours(int vocabulary, int id)
    {
        var path = _here["a.tokens"];
        using (var writer = new ShardWriter(path, DataSplit.Train, Hash, vocabulary))
        {
            writer.Append([5, 6]);
            var append = () => writer.Append([7, id, 8]);
            append.Should().Throw<InvalidDataException>().WithMessage(
                $"{path}: token id {id} is outside the vocabulary, which has the ids 0 to {vocabulary - 1}. "
                + "The ids come from a different tokenizer; encode with the tokenizer of the shard.");
            writer.Complete();
        }
        using var shard = TokenShard.Open(path);
        Read(shard, 0, 2).Should().Equal(5, 6);
        shard.Count.Should().Be(2);
    }

    [Fact]
    public void Refuses_a_vocabulary_that_does_not_fit_16_bits()
    {
        var create = () => new ShardWriter(_here["a.tokens"], DataSplit.Train, Hash, 65_537);
        create.Should().Throw<InvalidDataException>().WithMessage(
            "The vocabulary has 65537 ids, including special tokens; shards support 1 to 65536, because ids have 16 bits. "
            + "Train a tokenizer with a smaller vocabulary, such as 64000.");
        File.Exists(_here["a.tokens"]).Should().BeFalse();
    }

    [Fact]
    public void Refuses_a_truncated_shard_and_says_how_many_tokens_are_missing()
    {
        var file = Write("a.tokens", DataSplit.Train, 99, 1, 2, 3, 4, 5);
        Damage(file, bytes => bytes[..^3]);
        Refusal(file).Should().Be(
            $"{file} is truncated: its header declares 5 tokens, 2 of them are missing. "
            + "Prepare the data again, or copy it again from its source.");
    }

    public static TheoryData<string, Func<byte[], byte[]>, string> Damages() => new()
    {
        { "another file", _ => "merhaba dünya"u8.ToArray(), "does not begin with TRTOKENS" },
        { "no bytes", _ => [], "is empty. " },
        { "raw tokens", bytes => bytes[64..], "does not begin with TRTOKENS" },
        { "half a header", bytes => bytes[..40], "is 40 bytes long, shorter than the 64-byte header" },
        { "version", bytes => With(bytes, 8, 2), "has shard version 2; this program reads version 1." },
        { "width", bytes => With(bytes, 12, 4), "has 4 bytes per token; shards have 2." },
        { "split", bytes => With(bytes, 56, 9), "has split 9; valid are 1 (train) and 2 (validation)." },
        { "reserved", bytes => With(bytes, 63, 1), "has bytes other than zero in the reserved part" },
        { "one more", bytes => [.. bytes, 1, 0], "has 2 bytes after the 5 tokens" },
        { "half a token more", bytes => [.. bytes, 1], "has 1 bytes after the 5 tokens" },
        { "an absurd count", bytes => With(bytes, 22, 0x7F), "is truncated: its header declares" },
    };

    [Theory, MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void Refuses_damage(string name, Func<byte[], byte[]> damage, string message)
    {
        var file = Write("a.tokens", DataSplit.Train, 99, 1, 2, 3, 4, 5);
        Damage(file, damage);
        Refusal(file).Should().StartWith($"{file} {message}", because: name);
    }

    [Fact]
    public void Refuses_a_shard_that_was_never_completed()
    {
        using (var writer = new ShardWriter(_here["a.tokens"], DataSplit.Train, Hash, 99)) writer.Append([1, 2, 3]);
        Refusal(_here["a.tokens"]).Should().StartWith($"{_here["a.tokens"]} is incomplete: writing it was interrupted.");
    }

    [Fact]
    public void Refuses_a_missing_shard()
    {
        var open = () => TokenShard.Open(_here["yok.tokens"]);
        open.Should().Throw<FileNotFoundException>().WithMessage($"The shard {_here["yok.tokens"]} does not exist.*");
    }

    [Fact]
    public void Refuses_shards_of_different_splits_as_one()
    {
        var (train, validation) = (Write("t", DataSplit.Train, 99, 1), Write("v", DataSplit.Validation, 99, 2));
        var open = () => TokenShard.Open(train, validation);
        open.Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{validation} is a Validation shard, but {train} is a Train shard*");
    }

    [Fact]
    public void Refuses_shards_of_different_tokenizers_as_one()
    {
        var (one, two) = (Write("1", DataSplit.Train, 99, 1), Write("2", DataSplit.Train, 99, 2));
        Damage(two, bytes => With(bytes, 24, 0xEE));
        var open = () => TokenShard.Open(one, two);
        open.Should()
            .Throw<InvalidDataException>()
            .WithMessage($"{two} was created with tokenizer ee{Hash[2..]}, {one} with {Hash}.*");
    }

    [Fact]
    public void Holds_no_copy_of_the_file_in_memory()
    {
        var file = Write("a.tokens", DataSplit.Train, 65_536, [.. Enumerable.Range(0, 4 << 20).Select(i => i % 65_521)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var shard = TokenShard.Open(file);
        shard.Read(shard.Count - 3, stackalloc ushort[3]);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(64 << 10);
    }

    private string Write(string name, DataSplit split, int vocabulary, params int[] ids)
    {
        using var writer = new ShardWriter(_here[name], split, Hash, vocabulary);
        writer.Append(ids);
        writer.Complete();
        return _here[name];
    }

    private static int[] Read(TokenShard shard, long position, int count)
    {
        var tokens = new ushort[count];
        shard.Read(position, tokens);
        return [.. tokens.Select(token => (int)token)];
    }

    private static string Refusal(string file) => Assert.Throws<InvalidDataException>(() => TokenShard.Open(file)).Message;

    private static void Damage(string file, Func<byte[], byte[]> damage) =>
        File.WriteAllBytes(file, damage(File.ReadAllBytes(file)));

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }
}
