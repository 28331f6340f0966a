using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Data.Batches;

namespace TurkishLlm.Tests.Property.Data;

public sealed class ShardProperties : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("turkishllm-data-").FullName;
    private int _files;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // Ids near every boundary at which a wrong width or sign would show.
    private static Gen<int> Id => Gen.OneOf(
        Gen.Choose(0, 65_535), Gen.Elements(0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_534, 65_535));

    private static Gen<int[][]> Files =>
        Gen.ArrayOf(Gen.ArrayOf(Id)).Select(files => files.Take(6).ToArray()).Where(files => files.Sum(ids => ids.Length) > 0);

    [Fact]
    public void Any_ids_in_any_number_of_files_come_back() =>
        Prop.ForAll(Arb.From(Files), files =>
        {
            var ids = files.SelectMany(file => file).ToArray();
            using var shard = Shard(files, 65_536);
            return Read(shard, 0, ids.Length).SequenceEqual(ids);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Any_part_is_the_part_of_the_whole() =>
        Prop.ForAll(
                Arb.From(
                    from files in Files
                    from a in Gen.Choose(0, 10_000)
                    from b in Gen.Choose(0, 10_000)
                    select (files, a, b)),
                c =>
        {
            var ids = c.files.SelectMany(file => file).ToArray();
            var (from, to) = (
                Math.Min(c.a % (ids.Length + 1), c.b % (ids.Length + 1)),
                Math.Max(c.a % (ids.Length + 1), c.b % (ids.Length + 1)));
            using var shard = Shard(c.files, 65_536);
            return Read(shard, from, to - from).SequenceEqual(ids.Skip(from).Take(to - from));
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void An_id_outside_the_vocabulary_is_always_refused() =>
        Prop.ForAll(Arb.From(
            from vocabulary in Gen.Choose(1, 65_536)
            from excess in Gen.OneOf(Gen.Choose(0, 200_000), Gen.Elements(int.MaxValue - 65_536))
            from negative in Gen.Choose(-70_000, -1)
            from id in Gen.Elements(vocabulary + excess, negative)
            select (vocabulary, id)), c =>
        {
            using var writer = new ShardWriter(Next(), DataSplit.Train, new string('b', 64), c.vocabulary);
            try
            {
                writer.Append([0, c.id]);
                return false;
            }
            catch (InvalidDataException)
            {
                return writer.Count == 0;
            }
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_shard_cut_anywhere_is_refused() =>
        Prop.ForAll(Arb.From(from ids in Gen.NonEmptyListOf(Id) from cut in Gen.Choose(0, 1_000_000) select (ids, cut)), c =>
        {
            var path = Next();
            Write(path, [.. c.ids], 65_536);
            var bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(path, bytes[..(c.cut % bytes.Length)]);
            try
            {
                TokenShard.Open(path).Dispose();
                return false;
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Sequential_windows_cover_every_token_once() =>
        Prop.ForAll(
                Arb.From(
                    from count in Gen.Choose(2, 400)
                    from length in Gen.Choose(1, 50)
                    from cut in Gen.Choose(0, 400)
                    select (count, length, cut)),
                c =>
        {
            var ids = Enumerable.Range(0, c.count).Select(i => i + 100).ToArray();
            var cut = Math.Min(c.cut, c.count);
            using var shard = Shard([ids[..cut], ids[cut..]], 65_536);
            var windows = new SequentialWindows(shard, c.length);
            var (inputs, targets) = (new long[c.length], new long[c.length]);
            List<int> seen = [];
            for (long index = 0; index < windows.Count; index++)
            {
                var filled = windows.Read(index, inputs, targets);
                if (!inputs[..filled].Select(id => id + 1).SequenceEqual(targets[..filled])) return false;
                if (targets[filled..].Any(target => target != SequentialWindows.IgnoreIndex)) return false;
                seen.AddRange(targets[..filled].Select(id => (int)id));
            }
            return seen.SequenceEqual(ids[1..]);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Random_windows_are_in_range_pure_and_shifted() =>
        Prop.ForAll(Arb.From(
            from length in Gen.Choose(1, 40)
            from extra in Gen.Choose(1, 300)
            from seed in ArbMap.Default.GeneratorFor<long>()
            from step in Gen.Choose(0, int.MaxValue)
            from row in Gen.Choose(0, 4096)
            select (length, count: length + extra, seed, step, row)), c =>
        {
            using var shard = Shard([[.. Enumerable.Range(0, c.count)]], 65_536);
            var sampler = new WindowSampler(shard, c.length, c.seed);
            var (inputs, targets) = (new long[c.length], new long[c.length]);
            sampler.GetPosition(c.step + 1L, c.row);
            sampler.Read(c.step, c.row, inputs, targets);
            var position = new WindowSampler(shard, c.length, c.seed).GetPosition(c.step, c.row);
            return position >= 0 && position <= c.count - (c.length + 1)
                && inputs.SequenceEqual(Enumerable.Range(0, c.length).Select(i => position + i))
                && targets.SequenceEqual(Enumerable.Range(1, c.length).Select(i => position + i));
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Positions_are_below_any_range() =>
        Prop.ForAll(Arb.From(
            from bits in Gen.Choose(0, 62)
            from low in ArbMap.Default.GeneratorFor<long>()
            from seed in ArbMap.Default.GeneratorFor<long>()
            from step in ArbMap.Default.GeneratorFor<long>()
            from row in ArbMap.Default.GeneratorFor<int>()
            select (range: (1L << bits) | (low & ((1L << bits) - 1)), seed, step, row)), c =>
        {
            var position = CounterRandom.GetInt64(c.seed, c.step, c.row, c.range);
            return position >= 0 && position < c.range && position == CounterRandom.GetInt64(c.seed, c.step, c.row, c.range);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private TokenShard Shard(int[][] files, int vocabulary) =>
        TokenShard.Open([.. files.Select(ids => Write(Next(), ids, vocabulary))]);

    private static string Write(string path, int[] ids, int vocabulary)
    {
        using var writer = new ShardWriter(path, DataSplit.Train, new string('b', 64), vocabulary);
        writer.Append(ids);
        writer.Complete();
        return path;
    }

    private static int[] Read(TokenShard shard, long position, int count)
    {
        var tokens = new ushort[count];
        shard.Read(position, tokens);
        return [.. tokens.Select(token => (int)token)];
    }

    private string Next() => Path.Combine(_directory, $"{_files++}.tokens");
}
