using FluentAssertions;
using Microsoft.CodeAnalysis.CSharp;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The marks of <c>./run mutate --reach</c>.</summary>
public sealed class MemberInstrumenterTests
{
    [Theory]
    [InlineData("int M() { return 1; }", "int M() { global::R.Mark(7);  return 1; }")]
    [InlineData("int M() => 1;", "int M() { global::R.Mark(7); return 1; }")]
    [InlineData("void M() => Call();", "void M() { global::R.Mark(7);  Call(); }")]
    [InlineData("async Task M() => await Call();", "async Task M() { global::R.Mark(7);  await Call(); }")]
    [InlineData("async Task<int> M() => await Call();", "async Task<int> M() { global::R.Mark(7); return await Call(); }")]
    [InlineData("Task M() => Call();", "Task M() { global::R.Mark(7); return Call(); }")]
    [InlineData("int M() => throw new E();", "int M() { global::R.Mark(7);  throw new E(); }")]
    [InlineData("ref int M() => ref _x;", "ref int M() { global::R.Mark(7); return ref _x; }")]
    [InlineData("int P => _x;", "int P { get { global::R.Mark(7); return _x; } }")]
    [InlineData("int this[int i] => _x[i];", "int this[int i] { get { global::R.Mark(7); return _x[i]; } }")]
    [InlineData("int P { get => _x; }", "int P { get { global::R.Mark(7); return _x; } }")]
    [InlineData("int P { set => _x = value; }", "int P { set { global::R.Mark(7);  _x = value; } }")]
    [InlineData("C() : this(1) => _x = 1;", "C() : this(1) { global::R.Mark(7);  _x = 1; }")]
    [InlineData(
        "int A() => 1; int B() => 2;", "int A() { global::R.Mark(7); return 1; } int B() { global::R.Mark(8); return 2; }")]
    [InlineData("int P { get; } = 1;", "int P { get; } = 1;")]
    [InlineData("abstract int M();", "abstract int M();")]
    public void Marks_the_start_of_every_body(string member, string expected) =>
        new MemberInstrumenter($"class C {{ {member} }}").Instrument("R.Mark", 7).Should().Be($"class C {{ {expected} }}");

    [Fact]
    public void Leaves_functions_inside_a_body_alone() =>
        new MemberInstrumenter("class C { int M() { int F() => 1; return F() + new[] { 2 }.Max(x => { return x; }); } }")
            .Count.Should().Be(1);

    [Fact]
    public void Finds_the_body_of_a_place()
    {
        const string text = "class C { int A() => 1; int B { get { return 2; } } int _c = 3; C(int d = 4) : base(5) { E(6); } }";
        var bodies = new MemberInstrumenter(text);
        int? Find(char digit) => bodies.Find(new(text.IndexOf(digit, StringComparison.Ordinal), 1));
        Find('1').Should().Be(0);
        Find('2').Should().Be(1);
        Find('3').Should().BeNull();
        Find('5').Should().BeNull();
        Find('6').Should().Be(2);
        CSharpSyntaxTree.ParseText(bodies.Instrument("R.Mark", 0)).GetDiagnostics().Should().BeEmpty();
    }
}
