using FluentAssertions;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>What the operators of <c>./run mutate --random</c> make of a statement.</summary>
public sealed class MutationOperatorTests
{
    private const string Begin = "/*begin*/", End = "/*end*/";

    private const string Before = """
        using System.Diagnostics;
        using System.Globalization;
        using TorchSharp;
        namespace TurkishLlm.Data;
        internal sealed record Sizes(int Width, int Height, string Name) { public int Depth { get; set; } }
        internal sealed class Snippet
        {
            private string _name = "";
            public string Name => _name;
            private int _count, _total;
            private static void Call(int rows, string name, int columns, params string[] names) { }
            private static Task CallAsync() => Task.CompletedTask;
            internal async Task Run(
                int n, int m, long size, ulong bits, double x, bool p, bool q, int[] a, int[,] grid, List<int> list, string text,
                Sizes sizes, Stream stream, torch.Tensor t)
            {
                /*begin*/
        """;

    [Theory]
    [InlineData("constant-plus-1", "n = 4;", "n = 5;")]
    [InlineData("constant-minus-1", "n = 4;", "n = 3;")]
    [InlineData("constant-doubled", "n = 4;", "n = 8;")]
    [InlineData("constant-minus-1", "n = 0;", "n = (-1);")]
    [InlineData("constant-doubled", "n = 0;")]
    [InlineData("constant-doubled", "n = 1;")]
    [InlineData("constant-minus-1", "bits = 0;")]
    [InlineData("constant-plus-1", "bits = 0xFFFF_FFFF_FFFF_FFFFUL;")]
    [InlineData("constant-plus-1", "n = 2147483647;")]
    [InlineData("constant-plus-1", "size = 0x10L;", "size = 17L;")]
    [InlineData("constant-plus-1", "x = 0.5;", "x = 1.5;")]
    [InlineData("constant-minus-1", "x = 3.0;", "x = 2.0;")]
    [InlineData("constant-doubled", "x = 1e-5;", "x = 2E-05;")]
    [InlineData("constant-minus-1", "x = 0.5f;", "x = (-0.5f);")]
    public void Changes_constants(string name, string statement, params string[] expected) => Compare(name, statement, expected);

    [Theory]
    [InlineData("p = n < m;", "p = n <= m;")]
    [InlineData("p = n <= m;", "p = n < m;")]
    [InlineData("p = n > m;", "p = n >= m;")]
    [InlineData("p = n >= m;", "p = n > m;")]
    [InlineData("p = n == m;", "p = n != m;")]
    [InlineData("p = n != m;", "p = n == m;")]
    [InlineData("p = n is > 3;", "p = n is >= 3;")]
    public void Moves_comparisons(string statement, params string[] expected) => Compare("comparison", statement, expected);

    [Theory]
    [InlineData("index-plus-1", "n = a[m];", "n = a[m + 1];")]
    [InlineData("index-minus-1", "n = a[m];", "n = a[m - 1];")]
    [InlineData("index-plus-1", "n = a[p ? n : m];", "n = a[(p ? n : m) + 1];")]
    [InlineData("index-plus-1", "n = a[^m];", "n = a[^(m + 1)];")]
    [InlineData("index-plus-1", "n = a[0];")]
    [InlineData("range-plus-1", "a = a[n..m];", "a = a[(n + 1)..m];", "a = a[n..(m + 1)];")]
    [InlineData("loop-bound-minus-1", "for (n = 0; n < m; n++) { }", "for (n = 0; n < m - 1; n++) { }")]
    [InlineData("loop-bound-plus-1", "for (var i = m; i < 4; i++) { }", "for (var i = m + 1; i < 4; i++) { }")]
    [InlineData("slice-minus-1", "a = [.. a.Take(n)];", "a = [.. a.Take(n - 1)];")]
    [InlineData("slice-plus-1", "t = t.narrow(0, size, 2);", "t = t.narrow(0, size + 1, 2);")]
    public void Moves_bounds(string name, string statement, params string[] expected) => Compare(name, statement, expected);

    [Theory]
    [InlineData("swapped-arguments", """Call(n, text, m);""", """Call(m, text, n);""")]
    [InlineData("swapped-arguments", """Call(columns: n, name: text, rows: m);""", """Call(columns: m, name: text, rows: n);""")]
    [InlineData("swapped-arguments", """Call(n, text, n);""")]
    [InlineData("swapped-arguments", """n = Math.Min(n, m);""")]
    [InlineData("swapped-arguments", """t = t.transpose(0, 1);""")]
    [InlineData("swapped-arguments", """t = t.permute(1, 0);""", """t = t.permute(0, 1);""")]
    [InlineData("swapped-arguments", """Call(n, text, n, "a", "b");""")]
    [InlineData("swapped-indices", """n = grid[n, m];""", """n = grid[m, n];""")]
    [InlineData("swapped-axes", """a = [n, m, 2];""", """a = [m, n, 2];""", """a = [n, 2, m];""")]
    [InlineData("swapped-axes", """string[] names = ["a", "b"];""")]
    public void Swaps(string name, string statement, params string[] expected) => Compare(name, statement, expected);

    [Theory]
    [InlineData("dropped-call", "Call(n, text, m);", ";")]
    [InlineData("dropped-call", "if (p) list.Add(n);", "if (p) ;")]
    [InlineData("dropped-call", "await CallAsync();", ";")]
    [InlineData("dropped-await", "await CallAsync();", "CallAsync();")]
    [InlineData("dropped-flush", "stream.Flush();", ";")]
    [InlineData("dropped-assignment", "_total = n;", ";")]
    [InlineData("dropped-reset", "_total = 0;", ";")]
    [InlineData("dropped-assignment", "var (i, j) = (n, m);")]
    [InlineData("dropped-update", "_total += n;", ";")]
    [InlineData("dropped-update", "_count++;", ";")]
    [InlineData("dropped-lock", "lock (list) { n = m; }", "{ n = m; }")]
    public void Drops(string name, string statement, params string[] expected) => Compare(name, statement, expected);

    [Theory]
    [InlineData("negated-condition", "if (p) n = m;", "if (!(p)) n = m;")]
    [InlineData("negated-condition", "if (!p) n = m;", "if (p) n = m;")]
    [InlineData("negated-condition", "n = n < m ? n : m;", "n = !(n < m) ? n : m;")]
    [InlineData("negated-condition", "while (p) n = m;", "while (!(p)) n = m;")]
    [InlineData("negated-condition", "while (true) break;")]
    [InlineData("negated-condition", "if (n == m) n = m;")]
    [InlineData("and-or", "p = p && q;", "p = p || q;")]
    [InlineData("and-or", "p = p || q;", "p = p && q;")]
    public void Negates_conditions(string name, string statement, params string[] expected) =>
        Compare(name, statement, expected);

    [Theory]
    [InlineData("arithmetic", "n = n + m;", "n = n - m;")]
    [InlineData("arithmetic", "n = n - m;", "n = n + m;")]
    [InlineData("arithmetic", "x = x * n;", "x = x / n;")]
    [InlineData("arithmetic", "x = x / n;", "x = x * n;")]
    [InlineData("arithmetic", "t = t + t;", "t = t - t;")]
    [InlineData("arithmetic", "n += m;", "n -= m;")]
    [InlineData("arithmetic", "n *= m;", "n /= m;")]
    [InlineData("arithmetic", "n++;", "n--;")]
    [InlineData("arithmetic", "bits = bits << n;", "bits = bits >> n;")]
    [InlineData("arithmetic", "text = text + n;")]
    [InlineData("dropped-sign", "x = -x;", "x = x;")]
    public void Exchanges_arithmetic(string name, string statement, params string[] expected) =>
        Compare(name, statement, expected);

    [Theory]
    [InlineData("min-max", "n = Math.Min(n, m);", "n = Math.Max(n, m);")]
    [InlineData("min-max", "n = list.Max();", "n = list.Min();")]
    [InlineData("first-last", "n = list.First();", "n = list.Last();")]
    [InlineData("first-last", "n = text.LastIndexOf('a');", "n = text.IndexOf('a');")]
    [InlineData("first-last", "p = text.StartsWith('a');", "p = text.EndsWith('a');")]
    [InlineData("first-last", "n = a[0];", "n = a[^1];")]
    [InlineData("first-last", "n = a[^1];", "n = a[0];")]
    [InlineData("order", "list = [.. list.OrderBy(i => i)];", "list = [.. list.OrderByDescending(i => i)];")]
    [InlineData("any-all", "p = list.Any(i => i > n);", "p = list.All(i => i > n);")]
    public void Takes_the_opposite(string name, string statement, params string[] expected) => Compare(name, statement, expected);

    [Theory]
    [InlineData("n = sizes.Width;", "n = sizes.Depth;")]
    [InlineData("n = sizes.Height;", "n = sizes.Width;")]
    [InlineData("text = sizes.Name;")]
    [InlineData("n = _count;", "n = _total;")]
    [InlineData("n = text.Length;")]
    [InlineData("text = _name;")]
    public void Takes_another_member(string statement, params string[] expected) => Compare("wrong-member", statement, expected);

    [Theory]
    [InlineData("size = size * n;", "size = (long)unchecked((int)(size * n));")]
    [InlineData("size = (long)n * m;", "size = (long)unchecked((int)((long)n * m));", "size = n * m;")]
    [InlineData("n = n * m;")]
    public void Truncates(string statement, params string[] expected) => Compare("truncated", statement, expected);

    [Theory]
    [InlineData("p = text.Equals(\"a\", StringComparison.Ordinal);", "p = text.Equals(\"a\", StringComparison.CurrentCulture);")]
    [InlineData("text = n.ToString(CultureInfo.InvariantCulture);", "text = n.ToString(CultureInfo.CurrentCulture);")]
    [InlineData("text = text.ToUpperInvariant();", "text = text.ToUpper();")]
    public void Uses_the_current_culture(string statement, params string[] expected) => Compare("culture", statement, expected);

    [Theory]
    [InlineData("ArgumentNullException.ThrowIfNull(text);")]
    [InlineData("Debug.Assert(n < 4);")]
    [InlineData("GC.SuppressFinalize(this);")]
    [InlineData("throw new InvalidDataException($\"{n + 1} of {sizes.Width}\");")]
    [InlineData("_ = new List<int>(capacity: n + 4);")]
    [InlineData("_ = new List<int>(n + 4);")]
    [InlineData("_ = new StreamReader(stream, bufferSize: n + 4);")]
    [InlineData("text = $\"{n,-12}\";")]
    [InlineData("text = nameof(sizes.Width);")]
    public void Excludes_what_no_test_should_notice(string statement) =>
        Mutate(statement).Where(made => !made.Mutant.Operator.StartsWith("dropped-assignment", StringComparison.Ordinal))
            .Select(made => made.Statement).Should().BeEmpty();

    [Theory]
    [InlineData("public sealed class C { public const int Size = 4; }", 0)]
    [InlineData("public sealed class C { private const int Size = 4; }", 3)]
    [InlineData("internal sealed class C { public const int Size = 4; }", 3)]
    [InlineData("public enum E { A = 4 }", 0)]
    [InlineData("internal enum E { A = 4 }", 3)]
    [InlineData("public sealed class C { public void Run(int n = 4) { } }", 0)]
    [InlineData("public sealed class C { private void Run(int n = 4) { } }", 3)]
    [InlineData("public sealed class C { public override int GetHashCode() => 4; }", 0)]
    [InlineData("[Obsolete(\"4\", 4)] public sealed class C;", 0)]
    public void Excludes_what_is_compiled_into_other_assemblies(string text, int expected) =>
        MutantGenerator.Mutate(SourceProject.OfText("src/Data/Snippet.cs", $"namespace TurkishLlm.Data;\n{text}"))
            .Should().HaveCount(expected);

    [Fact]
    public void A_key_depends_on_the_member_and_its_place_only()
    {
        var keys = Keys("class C { int F(int n) => n + 4; }");
        keys.Should().OnlyHaveUniqueItems().And.HaveCount(4);
        Keys("class C { void G() { }\n int F(int n) =>\n  n + 4; /* comment */ }").Should().Contain(keys);
        Keys("class C { int F(int n) => n + 5; }").Should().NotContain(keys, "the member is another");
        Keys("class D { int F(int n) => n + 4; }").Should().NotContain(keys, "the type is another");

        static string[] Keys(string text) =>
            [.. MutantGenerator.Mutate(SourceProject.OfText("src/Data/Snippet.cs", text)).Select(mutant => mutant.Key)];
    }

    private static void Compare(string name, string statement, string[] expected) =>
        Mutate(statement).Where(made => made.Mutant.Operator == name).Select(made => made.Statement).Should().Equal(expected);

    private static IEnumerable<(GeneratedMutant Mutant, string Statement)> Mutate(string statement)
    {
        var text = $"{Before}{statement}{End}\n}}\n}}\n";
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return MutantGenerator.Mutate(SourceProject.OfText("src/Data/Snippet.cs", text))
            .Where(mutant => mutant.Span.Start >= begin)
            .Select(mutant => (mutant, mutant.ApplyTo(text)))
            .Select(made => (made.mutant, made.Item2[begin..made.Item2.IndexOf(End, StringComparison.Ordinal)]));
    }
}
