using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace TurkishLlm.Model;

/// <summary>
/// Reads a pickle as far as weights need it: dictionaries, lists, tuples, texts, numbers and the tensors of
/// <see cref="PickleGlobal"/>. A pickle is a program; this machine has no instruction that imports or calls anything, so
/// the worst that one can do is be refused.
/// </summary>
/// <remarks>
/// Values: <c>long</c>, <c>double</c>, <c>bool</c>, <c>string</c>, null, <c>object?[]</c> for a tuple, <c>List&lt;object?&gt;</c>,
/// <see cref="PickleDictionary"/>, <see cref="PickleGlobal"/>, <see cref="PyTorchStorage"/>, <see cref="PyTorchTensor"/>.
/// Every instruction makes at most one value, so memory is bounded by the length of the pickle.
/// Source: Python's Lib/pickletools.py; torch/serialization.py, persistent_id.
/// </remarks>
/// <param name="pickle">The whole pickle, protocol 2 to 5.</param>
/// <param name="file">Its name in errors.</param>
internal sealed class PickleMachine(byte[] pickle, string file)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly object Mark = new();

    private readonly Stack<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at, _instruction;

    /// <summary>Runs to the end.</summary>
    /// <returns>The one value of the pickle.</returns>
    /// <exception cref="InvalidDataException">Anything is not as a state dictionary has it; says what, and at which byte.</exception>
    public object? Run()
    {
        while (true)
        {
            _instruction = _at;
            var code = (char)Byte();
            if (code == '.') return Pop();
            Execute(code);
        }
    }

    private void Execute(char code)
    {
        switch (code)
        {
            case '\x80': if (Byte() is < 2 or > 5) throw Wrong("the protocol is not 2 … 5"); break;      // PROTO
            case '\x95': Bytes(8); break;                                                                // FRAME
            case '(': _stack.Push(Mark); break;
            case 'N': _stack.Push(null); break;
            case '\x88': _stack.Push(true); break;
            case '\x89': _stack.Push(false); break;
            case 'K': _stack.Push((long)Byte()); break;                                                  // BININT1
            case 'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;       // BININT2
            case 'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;        // BININT
            case '\x8a': _stack.Push(LongInteger(Byte())); break;                                        // LONG1
            case 'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;                // BINFLOAT
            case '\x8c': _stack.Push(Text(Byte())); break;                                               // SHORT_BINUNICODE
            case 'X': _stack.Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;       // BINUNICODE
            case ')': _stack.Push(Array.Empty<object?>()); break;
            case '\x85': _stack.Push(Last(1)); break;                                                    // TUPLE1
            case '\x86': _stack.Push(Last(2)); break;
            case '\x87': _stack.Push(Last(3)); break;
            case 't': _stack.Push(ToMark()); break;                                                      // TUPLE
            case ']': _stack.Push(new List<object?>()); break;
            case 'a': Extend([Pop()]); break;                                                            // APPEND
            case 'e': Extend(ToMark()); break;                                                           // APPENDS
            case '}': _stack.Push(new PickleDictionary()); break;
            case 's': Fill(Last(2)); break;                                                              // SETITEM
            case 'u': Fill(ToMark()); break;                                                             // SETITEMS
            case 'q': _memo[Byte()] = Top(); break;                                                      // BINPUT
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Top(); break;           // LONG_BINPUT
            case '\x94': _memo[_memo.Count] = Top(); break;                                              // MEMOIZE
            case 'h': _stack.Push(Remembered(Byte())); break;                                            // BINGET
            case 'j': _stack.Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break; // LONG_BINGET
            case 'c': _stack.Push(Global(Line(), Line())); break;
            case '\x93': _stack.Push(Last(2) is [string module, string name] ? Global(module, name) : throw Wrong("a name to import is not text")); break;
            case 'Q': _stack.Push(Storage(Pop())); break;                                                // BINPERSID
            case 'R': _stack.Push(Apply(Last(2))); break;                                                // REDUCE
            case 'b': Ignore(Pop()); break;                                                              // BUILD
            default: throw Wrong(string.Create(CultureInfo.InvariantCulture, $"the instruction 0x{(int)code:x2} has no place in a state dictionary"));
        }
    }

    private PickleGlobal Global(string module, string name) =>
        PickleGlobal.Find($"{module}.{name}")
        ?? throw Wrong($"it wants {module}.{name}, which has no place among weights. Nothing was run. Save the weights alone: torch.save(model.state_dict(), FILE)");

    private object Apply(object?[] call)
    {
        if (call is not [PickleGlobal function, object?[] arguments]) throw Wrong("something is called that is not a name");
        return function.Apply(arguments, out var wrong) ?? throw Wrong(wrong);
    }

    private PyTorchStorage Storage(object? id) =>
        id is object?[] and ["storage", PickleGlobal { Storage: { } type }, string key, string, long count] && count >= 0
            ? new PyTorchStorage(type, key, count)
            : throw Wrong("a storage is not described as PyTorch does");

    // PyTorch hangs version numbers on the dictionary of a module; they say nothing of the weights.
    private void Ignore(object? state)
    {
        if (Top() is not PickleDictionary || state is not PickleDictionary) throw Wrong("only a dictionary may have attributes");
    }

    private void Extend(object?[] values)
    {
        if (Top() is not List<object?> list) throw Wrong("values are added to something that is no list");
        list.AddRange(values);
    }

    private void Fill(object?[] pairs)
    {
        if (Top() is not PickleDictionary dictionary || pairs.Length % 2 != 0) throw Wrong("entries are added to something that is no dictionary");
        for (var i = 0; i < pairs.Length; i += 2)
            if (!dictionary.TryAdd(pairs[i], pairs[i + 1])) throw Wrong($"a dictionary has \"{pairs[i]}\" twice");
    }

    private object? Remembered(long key) => _memo.TryGetValue(key, out var value) ? value : throw Wrong("a value is asked for that was never kept");

    private object? Top() => _stack.TryPeek(out var value) && value != Mark ? value : throw Wrong("a value is missing");

    private object? Pop()
    {
        _ = Top();
        return _stack.Pop();
    }

    private object?[] Last(int count)
    {
        var values = new object?[count];
        while (count > 0) values[--count] = Pop();
        return values;
    }

    private object?[] ToMark()
    {
        var values = new List<object?>();
        while (_stack.TryPop(out var value))
        {
            if (value != Mark)
            {
                values.Add(value);
                continue;
            }
            values.Reverse();
            return [.. values];
        }
        throw Wrong("a mark is missing");
    }

    private long LongInteger(int length)
    {
        if (length > 8) throw Wrong("a number has more than 64 bits");
        var bytes = Bytes(length);
        var value = length > 0 && bytes[^1] >= 0x80 ? -1L : 0;
        for (var i = length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private string Text(long length)
    {
        try
        {
            return Utf8.GetString(Bytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw Wrong("a text is not UTF-8");
        }
    }

    // Names to import are lines of ASCII.
    private string Line()
    {
        var length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        if (length < 0) throw Wrong("it ends in the middle of a name");
        var line = Encoding.Latin1.GetString(Bytes(length));
        _at++;
        return line;
    }

    private byte Byte() => Bytes(1)[0];

    private ReadOnlySpan<byte> Bytes(long count)
    {
        if (count > pickle.Length - _at) throw Wrong("it ends in the middle of an instruction");
        _at += (int)count;
        return pickle.AsSpan(_at - (int)count, (int)count);
    }

    private InvalidDataException Wrong(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file} was refused at byte {_instruction} of its data.pkl: {what}."));
}
