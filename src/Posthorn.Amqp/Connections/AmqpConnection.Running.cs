using System.Buffers;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Connections;

/// <summary>The loop of a connection: read, act, call the host, flush, and wait when somebody is slow.</summary>
public sealed partial class AmqpConnection
{
    /// <summary>Serves the peer until the connection is over. It never throws.</summary>
    internal async Task RunAsync()
    {
        var writing = WriteAsync();
        await ReadAsync();
        lock (Gate)
        {
            EndSessions(_error);
            Finish();
        }

        await writing;
        await Notices.DeliverAsync();
        await EndAsync();
    }

#pragma warning disable CA1031 // Whatever breaks on the way ends this connection and none of the others.
    private async Task ReadAsync()
    {
        try
        {
            while (await ReadOnceAsync())
            {
            }
        }
        catch (Exception fault)
        {
            _error ??= new(ErrorCondition.ConnectionForced, fault.Message);
        }
    }

    private async Task WriteAsync()
    {
        Exception? error = null;
        try
        {
            await Output.RunAsync(Ended);
        }
        catch (Exception fault)
        {
            error = fault;
        }

        await _transport.Output.CompleteAsync(error);
        Abort(); // Nothing can be answered any more.
    }

    private async Task EndAsync()
    {
        _heartbeat.Dispose();
        await _transport.Input.CompleteAsync();
        await _ended.CancelAsync();
        try
        {
            Container.OnClosed(this, _error);
        }
        catch (Exception fault)
        {
            Container.OnFault(this, fault);
        }

        Output.Dispose();
    }
#pragma warning restore CA1031

    /// <summary>
    /// 1. Reads what came. 2. Acts on every whole frame of it, as long as there is room for the answers. 3. Makes the host's calls.
    /// 4. Flushes once. 5. Waits while the peer reads too slowly, or the host settles too slowly.
    /// </summary>
    private async ValueTask<bool> ReadOnceAsync()
    {
        var read = await _transport.Input.ReadAsync(Ended); // 1
        var buffer = read.Buffer;
        var isAll = Act(ref buffer); // 2
        _transport.Input.AdvanceTo(buffer.Start, isAll ? buffer.End : buffer.Start);
        if (_sasl?.Credentials is { } credentials) await AuthenticateAsync(_sasl, credentials);
        await Notices.DeliverAsync(); // 3
        Flush(); // 4
        if ((read.IsCompleted && (isAll || buffer.IsEmpty)) || State is ConnectionState.Ended || Ended.IsCancellationRequested) return false;
        await RoomAsync(); // 5
        return true;
    }

    /// <summary>Acts on what came; false when something of it is to be looked at again.</summary>
    private bool Act(ref ReadOnlySequence<byte> buffer)
    {
        lock (Gate)
        {
            _isReading = true;
            _heartbeat.Touch();
            bool isAll;
            while (!TryTakeAll(ref buffer, out isAll))
            {
            }

            if (_isDeaf) buffer = buffer.Slice(buffer.End);
            return isAll || _isDeaf;
        }
    }

    /// <summary>Takes all there is; false when a frame was wrong, and the rest is to be looked at for a close.</summary>
    private bool TryTakeAll(ref ReadOnlySequence<byte> buffer, out bool isAll)
    {
        try
        {
            isAll = TakeAll(ref buffer);
            return true;
        }
        catch (AmqpException error)
        {
            // Where the next frame begins isn't known any more.
            _isDeaf = string.Equals(error.Error.Condition.Value, ErrorCondition.FramingError, StringComparison.Ordinal);
            Close(error.Error);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            _isDeaf = true;
            Fault(fault);
        }

        isAll = false;
        return _isDeaf;
    }

    private bool TakeAll(ref ReadOnlySequence<byte> buffer)
    {
        while (State is not ConnectionState.Ended && !_isDeaf && _sasl?.Credentials is null && !Output.IsFull && !Intake.IsFull && !Notices.IsUrgent)
        {
            if (!_isHeaderDone)
            {
                if (!FrameInput.TryTakeHeader(ref buffer, out var protocol)) return true;
                TakeHeader(protocol);
            }
            else if (_input.TryTake(ref buffer, out var header, out var body)) TakeFrame(header, body);
            else return true;
        }

        return false;
    }

    /// <summary>Ends the SASL dialog; when it went well the headers are exchanged anew, for AMQP itself (§5.3.2).</summary>
    private async Task AuthenticateAsync(SaslDialog dialog, SaslCredentials credentials)
    {
        var code = dialog.IsOffered(credentials.Mechanism) ? await JudgeAsync(credentials) : SaslCode.Auth;
        lock (Gate)
        {
            dialog.Finish(code);
            _sasl = null;
            _isHeaderDone = false;
            if (code == SaslCode.Ok) Credentials = credentials;
            else Finish();
        }
    }

#pragma warning disable CA1031 // The host's fault is told to the peer as one.
    private async Task<SaslCode> JudgeAsync(SaslCredentials credentials)
    {
        try
        {
            return await Container.AuthenticateAsync(this, credentials, Ended).AsTask().WaitAsync(Ended);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !Ended.IsCancellationRequested)
        {
            lock (Gate) Notices.Add(new FaultNotice(this, fault));
            return SaslCode.Sys;
        }
    }
#pragma warning restore CA1031

    private void Flush()
    {
        lock (Gate)
        {
            _isReading = false;
            if (Output.Waiting > 0 || _withDispositions.Count > 0) Output.Wake();
        }
    }

    private async ValueTask RoomAsync()
    {
        Task output, intake;
        lock (Gate) (output, intake) = (Output.RoomAsync(), Intake.RoomAsync());
        await output;
        await intake;
    }
}
